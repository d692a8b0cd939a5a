package opsline

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is an error answer of opsline (RFC 9457). Its codes are listed in opsline's docs/errors.md.
type Problem struct {
	Status int     `json:"status"`
	Code   string  `json:"code"`
	Detail string  `json:"detail"`
	Errors []Issue `json:"errors,omitempty"`
	// RetryAfter is how long the server wants to be left alone; 0 when it did not say.
	RetryAfter time.Duration `json:"-"`
}

// Issue is one thing wrong with a request: a JSON pointer into its body as a URI fragment, such as #/3/score.
type Issue struct {
	Detail  string `json:"detail"`
	Pointer string `json:"pointer,omitempty"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%s (%d): %s", p.Code, p.Status, p.Detail) }

// Transient says whether the same request may succeed later: too many requests, a request that arrived too slowly, and
// every fault of the server or of something between.
func (p *Problem) Transient() bool {
	return p.Status == http.StatusTooManyRequests || p.Status == http.StatusRequestTimeout || p.Status >= 500
}

// transient says whether a request that ended with err should be sent again: everything but a clear refusal.
func transient(err error) bool {
	var problem *Problem
	return !errors.As(err, &problem) || problem.Transient()
}

func problemOf(response *http.Response, body []byte) *Problem {
	problem := &Problem{}
	// A proxy's error page is no problem document: then the status line has to do.
	if json.Unmarshal(body, problem) != nil || problem.Code == "" {
		problem = &Problem{Code: strings.ToLower(strings.ReplaceAll(http.StatusText(response.StatusCode), " ", "-"))}
		problem.Detail = "no problem document came with " + response.Status
	}
	problem.Status = response.StatusCode
	problem.RetryAfter = retryAfter(response.Header.Get("Retry-After"), time.Now())
	return problem
}

// retryAfter reads seconds or an HTTP date (RFC 9110 §10.2.3).
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 86_400))*time.Second, longestRetryAfter)
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, min(date.Sub(now), longestRetryAfter))
	}
	return 0
}

// refusedEvents gives the reasons for each event of a batch that the problem names, by its place from 0.
func (p *Problem) refusedEvents(count int) map[int]string {
	reasons := map[int]string{}
	if p.Code != "invalid-input" {
		return reasons
	}
	for _, issue := range p.Errors {
		place, field, _ := strings.Cut(strings.TrimPrefix(issue.Pointer, "#/"), "/")
		index, err := strconv.Atoi(place)
		if err != nil || index < 0 || index >= count {
			continue
		}
		reason := strings.TrimSpace(field + " " + issue.Detail)
		if known := reasons[index]; known != "" {
			reason = known + "; " + reason
		}
		reasons[index] = reason
	}
	return reasons
}
