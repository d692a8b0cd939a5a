package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/leaderboard-service/opsline"
)

// getTop answers with entries from the top: ?window=all|day|day:2026-11-23, ?offset=0, ?limit=10.
func (s *service) getTop(w http.ResponseWriter, r *http.Request) {
	offset, limit := numberOf(r, "offset", 0, 0, 1_000_000_000), numberOf(r, "limit", 10, 1, 1000)
	if !s.knows(w, r) || !valid(w, offset, limit) {
		return
	}
	page, err := s.client.Top(r.Context(), s.boardID, s.window(r), offset.value, limit.value)
	s.answerPage(w, r, page, err)
}

// getAround answers with a player's entry and those before and behind it: ?window as above, ?span=5.
func (s *service) getAround(w http.ResponseWriter, r *http.Request) {
	span := numberOf(r, "span", 5, 0, 100)
	if !s.knows(w, r) || !valid(w, span) {
		return
	}
	page, err := s.client.Around(r.Context(), s.boardID, s.window(r), r.PathValue("player"), span.value)
	s.answerPage(w, r, page, err)
}

// getSummary answers with a text about the standings, at most a minute old: the first request of each minute enqueues a
// run of leaderboard-stats, and all others, of every instance of this service, get the same one by its key.
func (s *service) getSummary(w http.ResponseWriter, r *http.Request) {
	if !s.knows(w, r) {
		return
	}
	window := s.window(r)
	key := fmt.Sprintf("summary-%s-%s-%d", s.boardID, window, s.now().Unix()/60)
	if !validKey(key) {
		refuse(w, problem{Status: http.StatusBadRequest, Code: "invalid-request", Detail: "window is none."})
		return
	}
	run, err := s.client.Statistics(r.Context(), s.boardID, window, key)
	switch {
	case err != nil:
		s.refuseFor(w, r, err)
	case run.Output != nil:
		text := run.Output.Narrative
		answer(w, http.StatusOK, map[string]any{
			"run": run.ID, "window": window, "asOf": run.Output.AsOf, "headline": text.Headline, "highlights": text.Highlights,
		})
	case run.Error != nil:
		refuse(w, problem{Status: http.StatusBadGateway, Code: run.Error.Code, Detail: run.Error.Message})
	default:
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusAccepted, map[string]string{"run": run.ID, "status": run.Status})
	}
}

// knows answers 404 for every board but this service's own: its token may read more than its callers should.
func (s *service) knows(w http.ResponseWriter, r *http.Request) bool {
	if r.PathValue("board") == s.boardID {
		return true
	}
	refuse(w, problem{Status: http.StatusNotFound, Code: "board-not-found", Detail: "This service has the board " + s.boardID + "."})
	return false
}

func (s *service) window(r *http.Request) string {
	switch window := r.URL.Query().Get("window"); window {
	case "":
		return "all"
	case "day":
		return "day:" + s.now().UTC().Format(time.DateOnly)
	default:
		return window
	}
}

func (s *service) answerPage(w http.ResponseWriter, r *http.Request, page *opsline.Page, err error) {
	if err != nil {
		s.refuseFor(w, r, err)
		return
	}
	answer(w, http.StatusOK, page)
}

type parameter struct {
	name             string
	value, low, high int
	ok               bool
}

func numberOf(r *http.Request, name string, otherwise, low, high int) parameter {
	text := r.URL.Query().Get(name)
	if text == "" {
		return parameter{value: otherwise, ok: true}
	}
	value, err := strconv.Atoi(text)
	return parameter{name, value, low, high, err == nil && value >= low && value <= high}
}

func valid(w http.ResponseWriter, parameters ...parameter) bool {
	for _, p := range parameters {
		if !p.ok {
			refuse(w, problem{Status: http.StatusBadRequest, Code: "invalid-request", Detail: fmt.Sprintf("%s must be a whole number from %d to %d.", p.name, p.low, p.high)})
			return false
		}
	}
	return true
}
