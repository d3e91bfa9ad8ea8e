package web

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"reli/tiles"
)

// feedLength is how many tips a feed holds, the newest.
const feedLength = 50

// Names in the feeds.
const (
	feedTitle = "工作提示 · Work tips"
	feedID    = "urn:reli:tips"
)

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Link    []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

func (s *Server) feedTips(r *http.Request) ([]tipView, time.Time, error) {
	all, err := s.shownTips(r, "", 0, 0)
	if err != nil {
		return nil, time.Time{}, err
	}
	updated := time.Unix(0, 0).UTC()
	var out []tipView
	for _, t := range all[:min(feedLength, len(all))] {
		out = append(out, s.viewTip(r, t))
		if t.MadeAt.After(updated) {
			updated = t.MadeAt
		}
	}
	return out, updated, nil
}

// title of a tip in a feed.
func (v tipView) title() string {
	return strings.TrimSpace(v.Number + " " + v.Numeral + " " + v.Name + " → " + v.Body.Zh)
}

// tipAtom gives the newest tips as an Atom feed (RFC 4287).
func (s *Server) tipAtom(w http.ResponseWriter, r *http.Request) error {
	list, updated, err := s.feedTips(r)
	if err != nil {
		return err
	}
	feed := atomFeed{ID: feedID, Title: feedTitle, Updated: updated.Format(time.RFC3339), Author: "Reli",
		Link: []atomLink{{"self", baseURL(r) + "/v1/tips/feed.atom"}}}
	for _, v := range list {
		feed.Entries = append(feed.Entries, atomEntry{ID: feedID + ":" + v.ID, Title: v.title(), Updated: v.MadeAt.Format(time.RFC3339),
			Link: atomLink{"alternate", baseURL(r) + v.Print}, Summary: v.TextZh})
	}
	body, err := xml.Marshal(feed)
	if err != nil {
		return err
	}
	body = append([]byte(xml.Header), body...)
	h, tag := w.Header(), tiles.ETag(body)
	h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", "W/"+tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err = w.Write(body)
	return clientGone(err)
}

// tipFeed gives the newest tips as a JSON Feed 1.1.
func (s *Server) tipFeed(w http.ResponseWriter, r *http.Request) error {
	list, _, err := s.feedTips(r)
	if err != nil {
		return err
	}
	items := []map[string]any{}
	for _, v := range list {
		items = append(items, map[string]any{"id": feedID + ":" + v.ID, "url": baseURL(r) + v.Print, "title": v.title(),
			"content_text": v.TextZh, "date_published": v.MadeAt.Format(time.RFC3339), "language": "zh-CN"})
	}
	return s.writeJSON(w, r, map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": feedTitle,
		"feed_url": baseURL(r) + "/v1/tips/feed.json", "items": items})
}
