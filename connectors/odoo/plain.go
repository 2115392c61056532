package odoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// errTimeout is an exchange that took longer than the client waits.
var errTimeout = errors.New("timed out")

// Plain says what went wrong with a call in words for people, without the call, its class and what Go says of the
// network: Odoo's own words where there are any, else the cause. Words that are not Odoo's, such as the title of a
// portal's page, only stand beside the cause. Logs keep the whole of err. An error that is no [*Error] stays as it is.
func Plain(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return strings.TrimPrefix(err.Error(), "odoo: ")
	}
	if way := plainWay(e.Err); way != "" {
		return way
	}
	said := strings.TrimRight(strings.TrimSpace(e.Message), ".")
	switch {
	case e.Class == Stop && e.Status != 0: // in Odoo's words, and its language, it is the same for each cause
		return fmt.Sprintf("the API key is not accepted (status %d)", e.Status)
	case e.Err == nil && said == "":
		return err.Error()
	case e.Err == nil:
		return said
	case said == "":
		return e.Err.Error()
	default:
		return fmt.Sprintf("%v (%s)", e.Err, said)
	}
}

// Worded is err with [Plain] as the first line of its text: what a job ends with, of which lists and commands show that line.
func Worded(err error) error { return wordedError{err} }

type wordedError struct{ err error }

func (e wordedError) Error() string {
	plain, whole := Plain(e.err), e.err.Error()
	if whole == plain {
		return whole
	}
	return plain + "\n" + whole
}

func (e wordedError) Unwrap() error { return e.err }

// plainWay says what is wrong on the way to Odoo; "" where err is not of the way.
func plainWay(err error) string {
	if e, ok := errors.AsType[*CertificateError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*ProxyError](err); ok {
		if why := plainNetwork(e.Err); why != "" {
			return strings.TrimSpace("the proxy "+e.Proxy) + ": " + why
		}
		return e.Error()
	}
	why := plainNetwork(err)
	if why != "" && errors.Is(err, ErrNoAnswer) {
		return "the request was sent and got no answer: " + why
	}
	return why
}

// plainNetwork says why a connection did not come about, or ended; "" for another error.
func plainNetwork(err error) string {
	at := "at its address"
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		at = "at " + op.Addr.String()
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		if e.IsNotFound {
			return fmt.Sprintf("there is no server of the name %q", e.Name)
		}
		return fmt.Sprintf("no name server says where %q is: look whether the board's network is up", e.Name)
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server speaks http and not https: write http:// in `url`"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens " + at + " (connection refused)"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ENETDOWN):
		return "no way leads to the server " + at + ": look whether the board's network is up"
	case errors.Is(err, errTimeout):
		return "the server took too long (timed out)"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "nobody answered in time " + at + " (timed out)"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server broke the connection off"
	}
	return ""
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
