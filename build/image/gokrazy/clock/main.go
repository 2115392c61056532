package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/beevik/ntp"
	"golang.org/x/sys/unix"
)

const (
	between = 30 * time.Minute       // two rounds of questions, when the last had an answer
	again   = 5 * time.Second        // and when it had none
	step    = 500 * time.Millisecond // what is wrong by more is set, and what by less is made good little by little
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: clock SERVER…")
		os.Exit(2)
	}
	told := ""
	for {
		wait, now := between, "right, by time servers"
		if err := right(os.Args[1:]); err != nil {
			wait, now = again, err.Error()
		}
		if now != told {
			fmt.Println(now)
			told = now
		}
		time.Sleep(wait)
	}
}

// right asks the servers and sets the clock by the answer in the middle, which one server that is wrong among several does not give.
func right(servers []string) error {
	var offsets []time.Duration
	var last error
	for _, server := range servers {
		offset, err := ask(server)
		if err != nil {
			last = err
			continue
		}
		offsets = append(offsets, offset)
	}
	if len(offsets) == 0 {
		return fmt.Errorf("no time server answers: %w", last)
	}
	slices.Sort(offsets)
	if err := set(offsets[(len(offsets)-1)/2]); err != nil {
		return fmt.Errorf("it can't be set: %w", err)
	}
	return nil
}

// ask returns by how much the clock is behind a server's.
func ask(server string) (time.Duration, error) {
	options := ntp.QueryOptions{Timeout: 3 * time.Second}
	if host, port, err := net.SplitHostPort(server); err == nil {
		if options.Port, err = strconv.Atoi(port); err != nil {
			return 0, fmt.Errorf("%s: %w", server, err)
		}
		server = host
	}
	answer, err := ntp.QueryWithOptions(server, options)
	if err == nil {
		err = answer.Validate()
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", server, plain(err))
	}
	return answer.ClockOffset, nil
}

// plain is an error of the network without the ports that were asked from, which are others each time: what is told once would be
// told each time.
func plain(err error) error {
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsNotFound {
			return errors.New("there is no such name")
		}
		if name.IsTimeout {
			return errors.New("its name can't be looked up: no name server answers")
		}
		return errors.New("its name can't be looked up: " + name.Err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// set puts the clock right and says so to the kernel.
func set(offset time.Duration) error {
	if offset.Abs() > step {
		tv := unix.NsecToTimeval(time.Now().Add(offset).UnixNano())
		if err := unix.Settimeofday(&tv); err != nil {
			return err
		}
	} else if _, err := unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_OFFSET_SINGLESHOT, Offset: offset.Microseconds()}); err != nil {
		return err
	}
	state, err := unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_STATUS | unix.ADJ_MAXERROR | unix.ADJ_ESTERROR, Status: unix.STA_PLL, Maxerror: step.Microseconds()})
	if err == nil && state == unix.TIME_ERROR {
		err = errors.New("the kernel does not take it")
	}
	return err
}
