package opsline

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestCheck(t *testing.T) {
	whole := Board{Operator: "best", Min: -8388607, Max: 8388607}
	cents := Board{Operator: "best", Decimals: 2, Min: 0, Max: 600}
	sum := Board{Operator: "sum", Min: 0, Max: 100}
	count := Board{Operator: "count", Max: 100}
	none := math.NaN() // stands for no score
	for _, test := range []struct {
		name   string
		board  Board
		player string
		score  float64
		time   time.Time
		want   string
	}{
		{"fine", whole, "ada", 3, now, ""},
		{"fine cents", cents, "ada", 48.04, now, ""},
		{"the double of 0.1 + 0.2", cents, "ada", 0.30000000000000004, now, "score: has more than the 2"},
		{"longest player", whole, strings.Repeat("é", 64), 3, now, ""},
		{"no player", whole, "", 3, now, "player: must not be empty"},
		{"long player", whole, strings.Repeat("é", 64) + "a", 3, now, "player: must be at most 128"},
		{"control", whole, "a\tb", 3, now, "player: must hold no control"},
		{"C1 control", whole, "a\u0085b", 3, now, "player: must hold no control"},
		{"broken UTF-8", whole, "a\xff", 3, now, "player: must be well-formed"},
		{"replaced", whole, "a\ufffd", 3, now, "player: must be well-formed"},
		{"half", whole, "ada", 0.5, now, "score: must be an integer"},
		{"too high", whole, "ada", 8388608, now, "score: must be from -8388607 to 8388607"},
		{"above max", cents, "ada", 600.01, now, "score: must be from 0 to 600"},
		{"infinite", whole, "ada", math.Inf(1), now, "score: must be a finite"},
		{"no score", whole, "ada", none, now, "score: is missing"},
		{"change of a total", sum, "ada", -5000, now, ""},
		{"change beyond doubles", sum, "ada", 1 << 53, now, "score: is beyond"},
		{"1e300", sum, "ada", 1e300, now, "score: is beyond"},
		{"count", count, "ada", none, now, ""},
		{"count with a score", count, "ada", 1, now, "score: must be left out"},
		{"no time", whole, "ada", 3, time.Time{}, "time: is missing"},
		{"first moment", whole, "ada", 3, earliest, ""},
		{"before", whole, "ada", 3, earliest.Add(-1), "time: must be in the years"},
		{"after", whole, "ada", 3, latest, "time: must be in the years"},
		{"a little ahead", whole, "ada", 3, now.Add(5 * time.Minute), ""},
		{"ahead", whole, "ada", 3, now.Add(5*time.Minute + 1), "time: is more than five minutes"},
	} {
		event := Event{Player: test.player, Score: &test.score, Time: test.time}
		if math.IsNaN(test.score) {
			event.Score = nil
		}
		var said []string
		for _, fault := range test.board.Check(event, now) {
			said = append(said, fault.Field+": "+fault.Reason)
		}
		got := strings.Join(said, "; ")
		if (test.want == "") != (got == "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// Whatever was taken goes to opsline as JSON that reads back as the same event, with a score of the declared decimals.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{"player":"ada","score":48.04,"time":"2026-11-22T12:00:00.123Z"}`, `{"player":"\ud800","score":1e-7,"time":"2015-01-01T00:00:00Z"}`,
		`{"player":"a\u0000","score":-0.0,"time":"2026-11-22T14:00:00+02:00"}`, `{"player":"é","score":9007199254740993}`, `[]`, `{"score":1e400}`,
	} {
		f.Add([]byte(seed), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, decimals uint8) {
		board := Board{Operator: "best", Decimals: int(decimals % 7), Min: -1e6, Max: 1e6}
		var event Event
		if json.Unmarshal(data, &event) != nil || len(board.Check(event, now)) > 0 {
			return
		}
		encoded, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(encoded, &back); err != nil {
			t.Fatal(err)
		}
		if back.Player != event.Player || *back.Score != *event.Score || !back.Time.Equal(event.Time) {
			t.Errorf("%s came back as %+v", encoded, back)
		}
		scaled, reason := scale(*event.Score, board.Decimals)
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(board.Decimals)), nil)
		if again, _ := new(big.Rat).SetFrac(big.NewInt(scaled), power).Float64(); reason != "" || again != *event.Score {
			t.Errorf("%v is kept as %d", *event.Score, scaled)
		}
	})
}
