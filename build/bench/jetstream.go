package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stream is NATS JetStream in the process: no port, a work queue in files, each write
// synced, each acknowledgement confirmed by the server.
type stream struct {
	server   *server.Server
	conn     *nats.Conn
	js       jetstream.JetStream
	consumer jetstream.Consumer
	places   int
}

const subject = "jobs"

func openJetStream(dir string, places int) (Peer, error) {
	srv, err := server.NewServer(&server.Options{ServerName: "bench", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, SyncAlways: true})
	if err != nil {
		return nil, err
	}
	s := &stream{server: srv, places: places}
	go srv.Start()
	if err := s.connect(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *stream) connect() (err error) {
	if !s.server.ReadyForConnections(30 * time.Second) {
		return errors.New("the NATS server does not start")
	}
	if c := s.server.JetStreamConfig(); c == nil || !c.SyncAlways {
		return fmt.Errorf("JetStream does not sync always: %+v", c)
	}
	if s.conn, err = nats.Connect("", nats.InProcessServer(s.server)); err != nil {
		return err
	}
	if s.js, err = jetstream.New(s.conn, jetstream.WithPublishAsyncMaxPending(4096)); err != nil {
		return err
	}
	ctx := context.Background()
	st, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "JOBS", Subjects: []string{subject},
		Storage: jetstream.FileStorage, Retention: jetstream.WorkQueuePolicy})
	if err != nil {
		return err
	}
	s.consumer, err = st.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "workers",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: 10 * time.Minute, MaxAckPending: 10_000})
	return err
}

func (s *stream) Enqueue(ctx context.Context, p Payload) error {
	raw, err := p.encode()
	if err != nil {
		return err
	}
	_, err = s.js.Publish(ctx, subject, raw)
	return err
}

func (s *stream) EnqueueAll(ctx context.Context, ps []Payload) error {
	acks := make([]jetstream.PubAckFuture, len(ps))
	for i, p := range ps {
		raw, err := p.encode()
		if err != nil {
			return err
		}
		if acks[i], err = s.js.PublishAsync(subject, raw, jetstream.WithStallWait(time.Minute)); err != nil {
			return err
		}
	}
	for _, a := range acks {
		select {
		case <-a.Ok():
		case err := <-a.Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *stream) Work(ctx context.Context, h Handler) error {
	messages := make(chan jetstream.Msg)
	var wg sync.WaitGroup
	var once sync.Once
	var failed error
	for range s.places {
		wg.Go(func() {
			for m := range messages {
				if err := s.handle(m, h); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	consuming, err := s.consumer.Consume(func(m jetstream.Msg) {
		select {
		case messages <- m:
		case <-ctx.Done(): // it was not handled and will come again
		}
	})
	if err == nil {
		<-ctx.Done()
		consuming.Stop()
		<-consuming.Closed()
	}
	close(messages)
	wg.Wait()
	return errors.Join(err, failed)
}

func (s *stream) handle(m jetstream.Msg, h Handler) error {
	p, err := decode(m.Data())
	if err != nil {
		return err
	}
	h.Begin(p)
	if err := m.DoubleAck(context.Background()); err != nil {
		return err
	}
	h.Done(1)
	return nil
}

func (s *stream) Stats() Stats { return Stats{} }

func (s *stream) Close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	s.server.Shutdown()
	s.server.WaitForShutdown()
	return nil
}
