package source

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"crema/queue"
	"crema/web"
)

// reload reads the configuration again and gives the queue what it says of it. What else has changed in the file waits for the next start.
func (p *Parts) reload(ctx context.Context) (web.Reloaded, error) {
	cfg, err := p.Load()
	if err != nil {
		return web.Reloaded{}, web.Invalid(err.Error(), "correct the file; the queue goes on as before")
	}
	q := cfg.Queue
	all, err := p.Host.Channels(q.Channels)
	if err != nil {
		return web.Reloaded{}, err
	}
	if err := p.Queue.Reconfigure(ctx, all, q.Timeouts, q.Limit); err != nil {
		return web.Reloaded{}, err
	}
	p.Events.Publish(web.Event{Type: "channel"})
	return web.Reloaded{Channels: p.Queue.ChannelConfig(), Timeouts: q.Timeouts, Limit: int(q.Limit / time.Second)}, nil
}

// Reloads reloads at each SIGHUP, until ctx ends.
func (p *Parts) Reloads(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	if p.reloading != nil {
		p.reloading()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
		}
		if now, err := p.reload(ctx); err != nil {
			p.Logger.Error("the queue can't be reloaded and goes on as before", "error", err)
		} else {
			p.Logger.Info("queue reloaded", "channels", now.Channels, "timeouts", now.Timeouts, "limit", now.Limit)
		}
	}
}

func (p *Parts) adopt(ctx context.Context) error {
	err := p.Queue.Adopt(ctx)
	if errors.Is(err, queue.ErrNotRunning) {
		return web.Unavailable(err.Error(), "wait until crema has started")
	}
	return err
}
