package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/leaderboard-service/internal/fake"
	"example.com/leaderboard-service/opsline"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// serving is a service with its handlers, before a fake opsline. It is open unless the test says otherwise.
type serving struct {
	*service
	handler http.Handler
}

func serve(t *testing.T, o *fake.Opsline, options opsline.BatcherOptions) serving {
	t.Helper()
	client, err := opsline.New(opsline.Options{
		Base: o.URL, Timeout: time.Second, Backoff: opsline.Backoff{First: time.Millisecond, Most: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := opsline.NewBatcher(client, "points", options)
	s := newService(client, b, "points", quiet)
	ctx, cancel := context.WithCancel(context.Background())
	opened := make(chan error, 1)
	go func() { opened <- s.open(ctx, json.RawMessage(`{"operator":"sum"}`)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-opened; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		short, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = b.Close(short)
		o.CloseClientConnections()
		o.Close()
	})
	waitFor(t, func() bool { return s.board.Load() != nil })
	return serving{s, s.routes()}
}

func (s serving) call(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 20 s")
		}
	}
}

func TestScoresAreTakenOneOrMany(t *testing.T) {
	o := fake.New()
	s := serve(t, o, opsline.BatcherOptions{Interval: time.Millisecond})
	for _, body := range []string{`{"player":"ada","score":3}`, ` [{"player":"bob","score":5,"time":"2026-11-22T14:08:52.113Z"},{"player":"cid","score":-1}]`} {
		if w := s.call("POST", "/scores", body); w.Code != http.StatusAccepted {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	waitFor(t, func() bool { return s.batcher.Stats().Sent == 3 })
	if players := o.Players(); fmt.Sprint(players) != "map[ada:1 bob:1 cid:1]" {
		t.Errorf("%v", players)
	}
}

func TestWhatCannotBeTakenIsRefusedAtOnce(t *testing.T) {
	s := serve(t, fake.New(), opsline.BatcherOptions{})
	many := "[" + strings.Repeat(`{"player":"a","score":1},`, 1000) + `{"player":"a","score":1}]`
	for _, test := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"player":"ada","score":0.5}`, 422, `"pointer":"#/0/score"`},
		{`[{"player":"ada","score":1},{"player":"","score":1}]`, 422, `"pointer":"#/1/player"`},
		{`{"player":"ada","score":1,"time":"1999-01-01T00:00:00Z"}`, 422, "2015 to 2044"},
		{`{"player":"ada"}`, 422, "is missing"},
		{`{"player":"ada","score":1,"points":2}`, 400, "unknown field"},
		{`{"player":"ada","score":"1"}`, 400, "cannot unmarshal string"},
		{`{"player":"ada","score":1e999}`, 400, "cannot unmarshal number"},
		{`{"player":"ada","score":1} {}`, 400, "something follows"},
		{`{"player":"ada","score":1,"time":"today"}`, 400, "parsing time"},
		{"{\"player\":\"a\xff\",\"score\":1}", 400, "not UTF-8"},
		{`[]`, 422, "1 to 1000"}, {many, 422, "1 to 1000"}, {``, 400, "EOF"}, {`7`, 400, "cannot unmarshal"},
		{strings.Repeat(" ", largestBody+1), 413, "1048576 bytes"},
	} {
		w := s.call("POST", "/scores", test.body)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: %d %s", test.body, w.Code, w.Body)
		}
	}
	if w := s.call("POST", "/scores", `{"player":"ada","score":1}`, "Content-Type", "text/plain"); w.Code != 415 {
		t.Errorf("text/plain: %d", w.Code)
	}
	if stats := s.batcher.Stats(); stats.Accepted != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestAFullBufferIsA503AndNotReady(t *testing.T) {
	o := fake.New()
	gate := make(chan struct{})
	o.Before = func() { <-gate }
	s := serve(t, o, opsline.BatcherOptions{Events: 1, Capacity: 2, Interval: time.Millisecond})
	if w := s.call("GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	if w := s.call("POST", "/scores", `[{"player":"a","score":1},{"player":"b","score":1}]`); w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w := s.call("POST", "/scores", `{"player":"c","score":1}`)
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := s.call("GET", "/readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "buffer") {
		t.Errorf("full: %d %s", w.Code, w.Body)
	}
	if w := s.call("GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("alive: %d", w.Code)
	}
	close(gate)
	waitFor(t, func() bool { return s.batcher.Stats().Sent == 2 })
	if w := s.call("GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("empty again: %d %s", w.Code, w.Body)
	}
	s.now = func() time.Time { return time.Now().Add(outage + time.Second) }
	s.reach.note(errors.New("connection refused"), s.now())
	if w := s.call("GET", "/readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "connection refused") {
		t.Errorf("opsline lost: %d %s", w.Code, w.Body)
	}
}

func TestAKeyOfTheCallerMakesARetrySafe(t *testing.T) {
	o := fake.New()
	o.Faults = func(n int) fake.Fault { return map[int]fake.Fault{0: fake.LoseAnswer}[n] }
	s := serve(t, o, opsline.BatcherOptions{})
	send := func(key, score string) *httptest.ResponseRecorder {
		return s.call("POST", "/scores", `{"player":"ada","score":`+score+`,"time":"2026-11-22T14:08:52Z"}`, "Idempotency-Key", key)
	}
	for range 2 {
		if w := send("race-17", "3"); w.Code != 200 || !strings.Contains(w.Body.String(), `"duplicate":true`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := send("race-17", "4"); w.Code != 422 || !strings.Contains(w.Body.String(), "idempotency-conflict") {
		t.Errorf("other scores: %d %s", w.Code, w.Body)
	}
	if w := send("two words", "3"); w.Code != 400 {
		t.Errorf("a bad key: %d", w.Code)
	}
	if w := s.call("POST", "/scores", `{"player":"ada","score":3}`, "Idempotency-Key", "k"); w.Code != 422 || !strings.Contains(w.Body.String(), "#/0/time") {
		t.Errorf("without a time it would differ each time: %d %s", w.Code, w.Body)
	}
	if players := o.Players(); players["ada"] != 1 {
		t.Errorf("%v", players)
	}
	o.Check = func([]fake.Event) (int, any) {
		return 401, map[string]any{"code": "unauthorized", "detail": "secret words"}
	}
	if w := send("next", "3"); w.Code != 502 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("this service's token is not the caller's: %d %s", w.Code, w.Body)
	}
}

func TestStandingsArePassedOn(t *testing.T) {
	o := fake.New()
	var asked string
	o.Page = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/points") {
			_ = json.NewEncoder(w).Encode(o.Board)
			return
		}
		asked = r.Method + " " + r.RequestURI
		switch {
		case strings.Contains(asked, "nobody"):
			w.WriteHeader(404)
			fmt.Fprint(w, `{"code":"player-not-found","detail":"no entry"}`)
		case strings.HasPrefix(asked, "POST"):
			fmt.Fprint(w, `{"id":"run_1","status":"succeeded","output":{"narrative":{"headline":"Ada leads"}}}`)
		default:
			fmt.Fprint(w, `{"board":"points","window":"all","count":1,"entries":[{"rank":1,"competitionRank":1,"player":"ada","score":3}]}`)
		}
	}
	s := serve(t, o, opsline.BatcherOptions{})
	s.now = func() time.Time { return time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		path   string
		status int
		asked  string
	}{
		{"/leaderboards/points", 200, "GET /v1/boards/points/windows/all/top?offset=0&limit=10"},
		{"/leaderboards/points?window=day&limit=3&offset=6", 200, "GET /v1/boards/points/windows/day:2026-11-22/top?offset=6&limit=3"},
		{"/leaderboards/points/around/a%2Fb%20c?span=1", 200, "GET /v1/boards/points/windows/all/around/a%2Fb%20c?span=1"},
		{"/leaderboards/points/around/nobody", 404, "GET /v1/boards/points/windows/all/around/nobody?span=5"},
		{"/leaderboards/points/summary", 200, "POST /v1/pipelines/leaderboard-stats/runs"},
		{"/leaderboards/others", 404, ""},
		{"/leaderboards/points?limit=0", 400, ""},
		{"/leaderboards/points?offset=x", 400, ""},
	} {
		asked = ""
		if w := s.call("GET", test.path, ""); w.Code != test.status || asked != test.asked {
			t.Errorf("%s: %d %s, asked %s", test.path, w.Code, w.Body, asked)
		}
	}
}

func TestStoppingSendsWhatIsHeld(t *testing.T) {
	for _, sent := range []bool{true, false} {
		o := fake.New()
		if !sent {
			o.Faults = func(int) fake.Fault { return fake.Refuse }
		}
		var out lines
		ctx, stop := context.WithCancel(context.Background())
		settings, err := readConfig(environment(map[string]string{
			"LISTEN_ADDRESS": "127.0.0.1:0", "OPSLINE_URL": o.URL, "BATCH_INTERVAL": "1h", "SHUTDOWN_TIMEOUT": "400ms",
		}))
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, settings, slog.New(slog.NewJSONHandler(&out, nil))) }()
		waitFor(t, func() bool { return out.find("ready") != nil })
		url := "http://" + out.find("listening")["address"].(string)
		response, err := http.Post(url+"/scores", "application/json", strings.NewReader(`{"player":"ada","score":1}`))
		if err != nil || response.StatusCode != 202 {
			t.Fatal(err, response)
		}
		stop()
		err = <-ended
		var unsent *opsline.Unsent
		if errors.As(err, &unsent) == sent {
			t.Errorf("sent %t: %v", sent, err)
		}
		if sent != (o.Players()["ada"] == 1) || sent != (out.find("a batch was not sent") == nil) {
			t.Errorf("sent %t: %v", sent, o.Players())
		}
		if _, err := http.Get(url + "/healthz"); err == nil {
			t.Error("it still listens")
		}
		o.Close()
	}
}

func TestARefusedBoardEndsIt(t *testing.T) {
	o := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(409)
		fmt.Fprint(w, `{"code":"board-exists","detail":"another definition"}`)
	}))
	defer o.Close()
	settings, err := readConfig(environment(map[string]string{"LISTEN_ADDRESS": "127.0.0.1:0", "OPSLINE_URL": o.URL}))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), settings, quiet); err == nil || !strings.Contains(err.Error(), "board-exists") {
		t.Errorf("%v", err)
	}
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestConfigurationIsCheckedAndNeverRepeated(t *testing.T) {
	if _, err := readConfig(environment(nil)); err != nil {
		t.Errorf("without anything: %v", err)
	}
	_, err := readConfig(environment(map[string]string{
		"BATCH_EVENTS": "2001", "BATCH_INTERVAL": "-1s", "BUFFER_EVENTS": "hunter2", "LOG_LEVEL": "loud", "BOARD_DEFINITION": "{",
		"OPSLINE_TOKEN": "hunter2", "OPSLINE_TOKEN_FILE": "/hunter2",
	}))
	for _, name := range []string{"BATCH_EVENTS", "BATCH_INTERVAL", "BUFFER_EVENTS", "LOG_LEVEL", "BOARD_DEFINITION", "OPSLINE_TOKEN_FILE"} {
		if err == nil || !strings.Contains(err.Error(), name+" ") && !strings.Contains(err.Error(), name+",") {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("a value is repeated: %v", err)
	}
}

func TestATokenInAFileMayBeReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	settings := config{tokenFile: file}
	if _, err := settings.bearer(); err == nil {
		t.Error("no file, no error")
	}
	for _, token := range []string{"opsline_a_1", "opsline_b_2"} {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := settings.bearer(); err != nil || got != token {
			t.Errorf("%q %v", got, err)
		}
	}
}

// lines collects JSON log lines.
type lines struct {
	syncBuffer
}

func (l *lines) find(message string) map[string]any {
	for _, line := range bytes.Split(l.bytes(), []byte("\n")) {
		var fields map[string]any
		if json.Unmarshal(line, &fields) == nil && fields["msg"] == message {
			return fields
		}
	}
	return nil
}
