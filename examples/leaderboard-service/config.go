package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"
)

// config is all that can be set, from the environment. An empty variable counts as absent.
type config struct {
	address    string          // LISTEN_ADDRESS
	opsline    string          // OPSLINE_URL
	token      string          // OPSLINE_TOKEN
	tokenFile  string          // OPSLINE_TOKEN_FILE
	board      string          // BOARD
	definition json.RawMessage // BOARD_DEFINITION
	events     int             // BATCH_EVENTS
	interval   time.Duration   // BATCH_INTERVAL
	inFlight   int             // BATCHES_IN_FLIGHT
	capacity   int             // BUFFER_EVENTS
	shutdown   time.Duration   // SHUTDOWN_TIMEOUT
	logLevel   slog.Level      // LOG_LEVEL
}

// readConfig reads the environment through get. The error names every variable that does not fit, and no value: it may be
// a secret.
func readConfig(get func(string) string) (config, error) {
	var problems []error
	text := func(name, otherwise string) string {
		if value := strings.TrimSpace(get(name)); value != "" {
			return value
		}
		return otherwise
	}
	number := func(name string, otherwise, most int) int {
		value, err := strconv.Atoi(text(name, strconv.Itoa(otherwise)))
		if err != nil || value < 1 || value > most {
			problems = append(problems, fmt.Errorf("%s must be a whole number from 1 to %d", name, most))
		}
		return value
	}
	duration := func(name, otherwise string) time.Duration {
		value, err := time.ParseDuration(text(name, otherwise))
		if err != nil || value <= 0 {
			problems = append(problems, fmt.Errorf("%s must be a duration such as %s", name, otherwise))
		}
		return value
	}
	c := config{
		address:    text("LISTEN_ADDRESS", "127.0.0.1:8080"),
		opsline:    text("OPSLINE_URL", "http://127.0.0.1:7878"),
		token:      text("OPSLINE_TOKEN", ""),
		tokenFile:  text("OPSLINE_TOKEN_FILE", ""),
		board:      text("BOARD", "points"),
		definition: json.RawMessage(text("BOARD_DEFINITION", `{"operator":"sum","unit":"points"}`)),
		events:     number("BATCH_EVENTS", 500, 2000),
		interval:   duration("BATCH_INTERVAL", "200ms"),
		inFlight:   number("BATCHES_IN_FLIGHT", 4, 64),
		capacity:   number("BUFFER_EVENTS", 20_000, 10_000_000),
		shutdown:   duration("SHUTDOWN_TIMEOUT", "20s"),
	}
	if c.token != "" && c.tokenFile != "" {
		problems = append(problems, errors.New("give OPSLINE_TOKEN or OPSLINE_TOKEN_FILE, not both"))
	}
	if !json.Valid(c.definition) {
		problems = append(problems, errors.New("BOARD_DEFINITION must be JSON, as in opsline's docs/leaderboard.md"))
	}
	if c.capacity < c.events {
		problems = append(problems, errors.New("BUFFER_EVENTS must be at least BATCH_EVENTS"))
	}
	if err := c.logLevel.UnmarshalText([]byte(text("LOG_LEVEL", "info"))); err != nil {
		problems = append(problems, errors.New("LOG_LEVEL must be debug, info, warn or error"))
	}
	return c, errors.Join(problems...)
}

// bearer gives the token for each request anew, so that one in a file (a mounted secret) may be replaced at any time.
func (c config) bearer() (string, error) {
	if c.tokenFile == "" {
		return c.token, nil
	}
	data, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return "", fmt.Errorf("OPSLINE_TOKEN_FILE: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", errors.New("OPSLINE_TOKEN_FILE is empty")
	}
	return token, nil
}
