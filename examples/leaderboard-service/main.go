// Command leaderboard-service takes scores over HTTP, sends them to opsline in batches, and answers with its standings.
// The README says how it is configured and what it promises.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/leaderboard-service/opsline"
)

func main() {
	settings, err := readConfig(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "leaderboard-service cannot start:\n"+err.Error())
		os.Exit(2)
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: settings.logLevel}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, settings, log); err != nil {
		log.Error("ended", "error", err.Error())
		os.Exit(1)
	}
}

// run serves until ctx ends, then lets requests finish and sends what is held, within the shutdown timeout. The error is
// an *opsline.Unsent when that was too short.
func run(ctx context.Context, settings config, log *slog.Logger) error {
	client, err := opsline.New(opsline.Options{
		Base: settings.opsline, Token: settings.bearer, Connections: settings.inFlight + mostThrough,
	})
	if err != nil {
		return fmt.Errorf("OPSLINE_URL: %w", err)
	}
	batcher := opsline.NewBatcher(client, settings.board, opsline.BatcherOptions{
		Events: settings.events, Interval: settings.interval, Capacity: settings.capacity, InFlight: settings.inFlight,
		OnRejected: func(rejection opsline.Rejection) { logRejection(log, rejection) },
		OnRetry: func(events int, why error) {
			log.Warn("a batch will be sent again", "events", events, "why", why.Error())
		},
	})
	service := newService(client, batcher, settings.board, log)
	listener, err := net.Listen("tcp", settings.address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           service.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       75 * time.Second, // balancers keep idle connections for 60 s: let them be the ones to close
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("listening", "address", listener.Addr().String(), "opsline", client.Host(), "board", settings.board)
	background, end := context.WithCancel(ctx)
	defer end()
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	go func() {
		if err := service.open(background, settings.definition); err != nil && background.Err() == nil {
			failed <- err
		}
	}()

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	}
	service.draining.Store(true)
	log.Info("stopping", "held", batcher.Stats().Held)
	return errors.Join(cause, shutDown(server, batcher, settings.shutdown, log))
}

// shutDown gives requests under way half of the time, and the batches what is left.
func shutDown(server *http.Server, batcher *opsline.Batcher, timeout time.Duration, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	requests, cancelRequests := context.WithTimeout(ctx, timeout/2)
	defer cancelRequests()
	if err := server.Shutdown(requests); err != nil {
		log.Warn("requests were cut off", "error", err.Error())
		_ = server.Close()
	}
	err := batcher.Close(ctx)
	var unsent *opsline.Unsent
	if errors.As(err, &unsent) {
		for _, batch := range unsent.Batches {
			log.Error("a batch was not sent", "key", batch.Key, "events", len(batch.Events), "tried", batch.Tried, "why", batch.Reason.Error())
		}
	}
	stats := batcher.Stats()
	log.Info("stopped", "accepted", stats.Accepted, "sent", stats.Sent, "rejected", stats.Rejected, "held", stats.Held)
	return err
}

// mostNamed bounds the rejected events that are logged one by one.
const mostNamed = 20

func logRejection(log *slog.Logger, rejection opsline.Rejection) {
	for _, rejected := range rejection.Events[:min(mostNamed, len(rejection.Events))] {
		log.Error("opsline refused an event", "batch", rejection.Batch, "code", rejection.Code, "line", rejected.Line,
			"reason", rejected.Reason, "player", rejected.Event.Player, "score", rejected.Event.Score, "time", rejected.Event.Time)
	}
	if more := len(rejection.Events) - mostNamed; more > 0 {
		log.Error("opsline refused more events", "batch", rejection.Batch, "code", rejection.Code, "events", more, "detail", rejection.Detail)
	}
}
