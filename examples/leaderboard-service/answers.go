package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"example.com/leaderboard-service/opsline"
)

// problem is an error answer (RFC 9457), with opsline's codes where they fit.
type problem struct {
	Status int             `json:"status"`
	Code   string          `json:"code"`
	Detail string          `json:"detail"`
	Errors []opsline.Issue `json:"errors,omitempty"`
}

func answer(w http.ResponseWriter, status int, body any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}

func refuse(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	answer(w, p.Status, p)
}

func unavailable(w http.ResponseWriter, detail string) {
	refuse(w, problem{Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: detail})
}

// refuseFor passes on what opsline said. What the caller cannot mend (this service's token, or its own requests to opsline)
// is this service's fault, and what may pass is a 503.
func (s *service) refuseFor(w http.ResponseWriter, r *http.Request, err error) {
	var said *opsline.Problem
	switch {
	case !errors.As(err, &said), said.Transient():
		s.log.Warn("opsline cannot be used", "path", r.URL.Path, "why", err.Error())
		unavailable(w, "opsline cannot be used now. Send the request again.")
	case said.Status == http.StatusUnauthorized, said.Status == http.StatusForbidden, said.Status < 400:
		s.log.Error("opsline refuses this service", "code", said.Code, "detail", said.Detail)
		refuse(w, problem{Status: http.StatusBadGateway, Code: "opsline-refused", Detail: "opsline refuses this service; its log says why."})
	default:
		refuse(w, problem{Status: said.Status, Code: said.Code, Detail: said.Detail, Errors: said.Errors})
	}
}
