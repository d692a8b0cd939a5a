// Command leaderboard-service sends score events to opsline, runs its statistics, and prints the standings.
//
//	go run . -board weekend-race -events ../samples/leaderboard-stats/weekend-race/events.ndjson
//	go run . -board sprint -generate 5000
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"time"

	"example.com/leaderboard-service/opsline"
)

func main() {
	base := flag.String("url", envOr("OPSLINE_URL", "http://127.0.0.1:7878"), "where opsline is (OPSLINE_URL)")
	board := flag.String("board", "", "id of the board")
	file := flag.String("events", "", "NDJSON file of events")
	generate := flag.Int("generate", 0, "make up so many events instead")
	size := flag.Int("batch", 1000, "events sent together")
	window := flag.String("window", "all", "all, or a UTC day such as day:2026-11-23")
	tries := flag.Int("tries", 6, "how often a request is tried")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client := &opsline.Client{
		Base: *base, Token: os.Getenv("OPSLINE_TOKEN"), Tries: *tries, HTTP: &http.Client{Timeout: 90 * time.Second},
	}
	if err := run(ctx, client, *board, *file, *generate, *size, *window); err != nil {
		fmt.Fprintln(os.Stderr, "leaderboard-service:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, client *opsline.Client, board, file string, generate, size int, window string) error {
	if board == "" || size < 1 || (file == "") == (generate == 0) {
		return fmt.Errorf("give -board, and either -events or -generate")
	}
	source, events := fmt.Sprintf("generated-%d", time.Now().UnixNano()), madeUp(generate)
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		// The same file gives the same keys: sending it again, after a crash for example, counts once.
		source = fmt.Sprintf("%x", sha256.Sum256(data))[:16]
		if events, err = parse(data); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	for from := 0; from < len(events); from += size {
		to := min(from+size, len(events))
		batch, err := client.Send(ctx, board, fmt.Sprintf("%s-%d-%d", source, from, to), events[from:to])
		if err != nil {
			return err
		}
		if len(batch.Refused) > 0 {
			return fmt.Errorf("part %d of batch %s was refused: %s", batch.Refused[0].Part, batch.Batch, batch.Refused[0].Reason)
		}
		fmt.Printf("sent %d of %d events (%d of %d parts applied, duplicate: %t)\n", to, len(events), batch.Applied, batch.Parts, batch.Duplicate)
	}
	stats, err := client.Statistics(ctx, board, window, fmt.Sprintf("%s-%s-%d", source, window, time.Now().UnixNano()))
	if err != nil {
		return err
	}
	fmt.Printf("%s %s: %s\n", stats.ID, stats.Status, stats.Output.Narrative.Headline)
	entries, err := client.Top(ctx, board, window, 10)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		fmt.Printf("%4d  %-32s %12g\n", entry.Rank, entry.Player, entry.Score)
	}
	return nil
}

func parse(data []byte) ([]opsline.Event, error) {
	var events []opsline.Event
	for number, line := range bytes.Split(data, []byte("\n")) {
		var event opsline.Event
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
		events = append(events, event)
	}
	return events, nil
}

func madeUp(count int) []opsline.Event {
	events := make([]opsline.Event, count)
	for i := range events {
		// Milliseconds are as fine as opsline keeps times.
		when := time.Now().UTC().Truncate(time.Millisecond)
		events[i] = opsline.Event{Player: fmt.Sprintf("player-%03d", rand.N(200)), Score: float64(rand.N(1000)), Time: when}
	}
	return events
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
