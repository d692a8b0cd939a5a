package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"

	"example.com/leaderboard-service/opsline"
)

const (
	mostScores  = 1000    // in one request
	largestBody = 1 << 20 // bytes
	// How long a request may wait for room in the buffer: long enough for a burst, too short to pile requests up.
	roomWait   = 500 * time.Millisecond
	mostIssues = 20
)

// postScores takes one score or an array of them, all or none.
//
// Without an Idempotency-Key they are put into the buffer and answered with 202: fast, and lost if this process is killed
// before it has sent them. With one they go to opsline as a batch under that key before the answer, 200: the caller may
// send the same again until it has that answer, and they count once.
func (s *service) postScores(w http.ResponseWriter, r *http.Request) {
	board := s.board.Load()
	if board == nil {
		unavailable(w, "The board is not defined yet.")
		return
	}
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) > 1 || (len(keys) == 1 && !validKey(keys[0])) {
		refuse(w, problem{Status: http.StatusBadRequest, Code: "invalid-request", Detail: "Idempotency-Key must be 1 to 255 visible ASCII characters."})
		return
	}
	events, wrong := readScores(w, r)
	if wrong == nil {
		wrong = checkScores(board, events, s.now(), len(keys) == 0)
	}
	if wrong != nil {
		refuse(w, *wrong)
		return
	}
	if len(keys) == 1 {
		s.sendThrough(w, r, keys[0], events)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), roomWait)
	defer cancel()
	switch err := s.batcher.Submit(ctx, events...); {
	case err == nil:
		answer(w, http.StatusAccepted, map[string]int{"accepted": len(events)})
	case errors.Is(err, opsline.ErrFull):
		unavailable(w, "The buffer is full. Nothing of this request was taken; send it again.")
	case errors.Is(err, opsline.ErrClosed):
		unavailable(w, "The service is shutting down. Nothing of this request was taken; send it again.")
	case errors.Is(err, opsline.ErrTooMany):
		refuse(w, problem{Status: http.StatusRequestEntityTooLarge, Code: "payload-too-large", Detail: "These are more scores than the buffer holds. Send fewer."})
	default:
		refuse(w, problem{Status: http.StatusUnprocessableEntity, Code: "invalid-input", Detail: err.Error()})
	}
}

func (s *service) sendThrough(w http.ResponseWriter, r *http.Request, key string, events []opsline.Event) {
	ctx := r.Context()
	select {
	case s.through <- struct{}{}:
		defer func() { <-s.through }()
	case <-ctx.Done():
		unavailable(w, "Too many requests wait for opsline. Send the request again.")
		return
	}
	batch, err := s.client.Send(ctx, s.boardID, key, events)
	if err != nil {
		s.refuseFor(w, r, err)
		return
	}
	if len(batch.Refused) > 0 {
		refuse(w, problem{
			Status: http.StatusUnprocessableEntity, Code: "part-refused",
			Detail: fmt.Sprintf("%d of %d parts cannot be applied: %s", len(batch.Refused), batch.Parts, batch.Refused[0].Reason),
		})
		return
	}
	answer(w, http.StatusOK, map[string]any{"accepted": len(events), "duplicate": batch.Duplicate})
}

func validKey(key string) bool {
	for _, c := range []byte(key) {
		if c < 0x21 || c > 0x7e {
			return false
		}
	}
	return len(key) >= 1 && len(key) <= 255
}

// readScores reads the body. Unknown members are refused: a misspelt name would lose what it holds.
func readScores(w http.ResponseWriter, r *http.Request) ([]opsline.Event, *problem) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported-media-type", Detail: "Send Content-Type: application/json."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &problem{Status: http.StatusRequestEntityTooLarge, Code: "payload-too-large", Detail: fmt.Sprintf("The body may have %d bytes.", tooLarge.Limit)}
	}
	if err != nil {
		return nil, &problem{Status: http.StatusBadRequest, Code: "invalid-request", Detail: "The body did not arrive."}
	}
	events, err := decodeScores(body)
	if err != nil {
		return nil, &problem{Status: http.StatusBadRequest, Code: "invalid-request", Detail: "The body is not one score or an array of scores: " + err.Error() + "."}
	}
	if len(events) == 0 || len(events) > mostScores {
		return nil, &problem{Status: http.StatusUnprocessableEntity, Code: "invalid-input", Detail: fmt.Sprintf("Send 1 to %d scores at once.", mostScores)}
	}
	return events, nil
}

func decodeScores(body []byte) ([]opsline.Event, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var events []opsline.Event
	var err error
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		err = decoder.Decode(&events)
	} else {
		events = make([]opsline.Event, 1)
		err = decoder.Decode(&events[0])
	}
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows it")
	}
	return events, nil
}

// checkScores completes times that are missing, if it may, and names what opsline would refuse.
func checkScores(board *opsline.Board, events []opsline.Event, now time.Time, stamp bool) *problem {
	var issues []opsline.Issue
	bad := 0
	for i := range events {
		if stamp && events[i].Time.IsZero() {
			events[i].Time = now.UTC().Truncate(time.Millisecond)
		}
		faults := board.Check(events[i], now)
		if len(faults) > 0 {
			bad++
		}
		for _, fault := range faults {
			if len(issues) < mostIssues {
				issues = append(issues, opsline.Issue{Detail: fault.Reason, Pointer: fmt.Sprintf("#/%d/%s", i, fault.Field)})
			}
		}
	}
	if bad == 0 {
		return nil
	}
	return &problem{
		Status: http.StatusUnprocessableEntity, Code: "invalid-input", Errors: issues,
		Detail: fmt.Sprintf("%d of %d scores cannot be taken, and so none was.", bad, len(events)),
	}
}
