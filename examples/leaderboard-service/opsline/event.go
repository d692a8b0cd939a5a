package opsline

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event is one score of a player.
type Event struct {
	// Player is 1 to 128 bytes of UTF-8 without control characters.
	Player string `json:"player"`
	// Score is what was scored; nil on a board that counts events.
	Score *float64 `json:"score,omitempty"`
	// Time decides the windows the event belongs to. opsline keeps milliseconds.
	Time time.Time `json:"time"`
}

// Fault is what is wrong with one field of an event.
type Fault struct{ Field, Reason string }

// Bounds of opsline's docs/leaderboard.md.
const (
	maxPlayerBytes = 128
	maxSkew        = 5 * time.Minute
	maxInteger     = 1<<53 - 1
	maxDecimal     = 999_999_999_999_999
)

var (
	earliest = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Check says what opsline would refuse about an event, so that a producer learns it at once and not after the event has
// been taken. Nil means none. opsline still has the last word: its clock may differ.
func (b *Board) Check(event Event, now time.Time) []Fault {
	var faults []Fault
	if reason := checkPlayer(event.Player); reason != "" {
		faults = append(faults, Fault{"player", reason})
	}
	if reason := b.checkScore(event.Score); reason != "" {
		faults = append(faults, Fault{"score", reason})
	}
	if reason := checkTime(event.Time, now); reason != "" {
		faults = append(faults, Fault{"time", reason})
	}
	return faults
}

func checkPlayer(player string) string {
	switch {
	case player == "":
		return "must not be empty"
	case len(player) > maxPlayerBytes:
		return fmt.Sprintf("must be at most %d bytes of UTF-8", maxPlayerBytes)
	case !utf8.ValidString(player), strings.ContainsRune(player, utf8.RuneError):
		// encoding/json puts U+FFFD where it finds broken Unicode: two broken ids would become one player.
		return "must be well-formed Unicode, without U+FFFD"
	case strings.ContainsFunc(player, unicode.IsControl):
		return "must hold no control characters"
	}
	return ""
}

func checkTime(when, now time.Time) string {
	switch {
	case when.IsZero():
		return "is missing"
	case when.Before(earliest), !when.Before(latest):
		return "must be in the years 2015 to 2044"
	case when.After(now.Add(maxSkew)):
		return "is more than five minutes in the future"
	}
	return ""
}

func (b *Board) checkScore(score *float64) string {
	if b.Operator == "count" {
		if score != nil {
			return "must be left out: the board counts events"
		}
		return ""
	}
	if score == nil {
		return "is missing"
	}
	scaled, reason := scale(*score, b.Decimals)
	if reason != "" {
		return reason
	}
	if b.Operator == "sum" {
		return "" // a change of a total may be negative, and larger than either end of the range
	}
	low, _ := scale(b.Min, b.Decimals)
	high, _ := scale(b.Max, b.Decimals)
	if scaled < low || scaled > high {
		return fmt.Sprintf("must be from %s to %s", plain(b.Min), plain(b.Max))
	}
	return ""
}

// scale gives a score as an integer of 10^-decimals, or why that loses something.
func scale(score float64, decimals int) (int64, string) {
	limit := int64(maxInteger)
	if decimals > 0 {
		limit = maxDecimal
	}
	if math.IsNaN(score) || math.IsInf(score, 0) {
		return 0, "must be a finite number"
	}
	whole, fraction, _ := strings.Cut(plain(score), ".")
	if len(fraction) > decimals {
		if decimals == 0 {
			return 0, "must be an integer: the board declares no decimals"
		}
		return 0, fmt.Sprintf("has more than the %d decimals that the board declares", decimals)
	}
	scaled, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 64)
	if err != nil || scaled > limit || scaled < -limit {
		return 0, "is beyond the range that is kept exactly"
	}
	return scaled, ""
}

// plain is the shortest decimal text that reads back as the same double, without an exponent.
func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }
