// Package opsline sends score events to opsline and reads standings, with the standard library alone.
//
// Client makes single requests and repeats what may succeed later. Batcher collects events in memory and sends them in
// batches that count once, however often they are sent.
package opsline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options of a Client. Only Base is needed.
type Options struct {
	// Base is where opsline is, such as http://127.0.0.1:7878.
	Base string
	// Token gives the bearer token. It is asked before each try, so a token in a file may be replaced while this runs.
	Token func() (string, error)
	// Timeout bounds one try, from connecting to the last byte of the answer. Default 10 s.
	Timeout time.Duration
	// Connections are kept open to opsline. Default 16.
	Connections int
	// Backoff between tries. Default 100 ms, at most 5 s.
	Backoff Backoff
}

// Client talks to one opsline. It is safe for use by many goroutines.
type Client struct {
	base    string
	host    string
	token   func() (string, error)
	http    *http.Client
	backoff Backoff
}

// readTries is how often a read is tried: somebody waits for it.
const readTries = 3

// largestAnswer bounds what is read of an answer, bytes. A thousand entries are 300 kB.
const largestAnswer = 16 << 20

// New makes a client. It fails when Base is no http or https URL.
func New(options Options) (*Client, error) {
	base, err := url.Parse(options.Base)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("the address of opsline must be a URL such as http://127.0.0.1:7878")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = orDefault(options.Connections, 16)
	transport.IdleConnTimeout = 60 * time.Second // opsline closes idle connections after 72 s: be first
	token := options.Token
	if token == nil {
		token = func() (string, error) { return "", nil }
	}
	return &Client{
		base:  strings.TrimRight(options.Base, "/"),
		host:  base.Host,
		token: token,
		http: &http.Client{
			Transport: transport,
			Timeout:   orDefault(options.Timeout, 10*time.Second),
			// opsline never redirects, and a redirected POST would arrive as a GET.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		backoff: orDefault(options.Backoff, Backoff{First: 100 * time.Millisecond, Most: 5 * time.Second}),
	}, nil
}

// Host is where opsline is, without anything secret that the address may hold.
func (c *Client) Host() string { return c.host }

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// request is one request and how it is repeated.
type request struct {
	method, path string
	header       http.Header
	body         []byte
	tries        int             // 0: until the context ends
	onRetry      func(error)     // before each pause; may be nil
	hurry        <-chan struct{} // when closed, a pause ends at once; may be nil
	into         any
}

// do sends a request until it is answered, refused, or out of tries. The same bytes go out each time.
func (c *Client) do(ctx context.Context, r request) error {
	for try := 0; ; try++ {
		err := c.once(ctx, r)
		if err == nil {
			return nil
		}
		if !transient(err) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (the last try: %w)", context.Cause(ctx), err)
		}
		if r.tries > 0 && try+1 >= r.tries {
			return err
		}
		var problem *Problem
		var asked time.Duration
		if errors.As(err, &problem) {
			asked = problem.RetryAfter
		}
		pause := c.backoff.pause(try, asked)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause {
			return err // nobody would be there to see the answer
		}
		if r.onRetry != nil {
			r.onRetry(err)
		}
		if stopped := sleep(ctx, pause, r.hurry); stopped != nil {
			return fmt.Errorf("%w (the last try: %w)", stopped, err)
		}
		if r.hurry != nil && isClosed(r.hurry) {
			r.hurry = nil // once: pauses after that are as long as any
		}
	}
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

func (c *Client) once(ctx context.Context, r request) error {
	outgoing, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(r.body))
	if err != nil {
		return err
	}
	for name, values := range r.header {
		outgoing.Header[name] = values
	}
	if r.body != nil {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	if token != "" {
		outgoing.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(outgoing)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return problemOf(response, body)
	}
	if err := json.Unmarshal(body, r.into); err != nil {
		// Something between us and opsline answered: the request may never have arrived.
		return fmt.Errorf("%s %s: the answer is not opsline's: %w", r.method, r.path, err)
	}
	return nil
}
