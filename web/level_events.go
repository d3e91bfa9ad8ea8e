package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"reli/analytics/level"
)

// levelNews tells one event stream what changed in force since it last looked.
type levelNews struct {
	server *Server
	seen   *level.Board
}

type levelEvent struct {
	Area string      `json:"area"`
	Name string      `json:"name"`
	Tier string      `json:"tier"`
	Was  level.Level `json:"was"`
	Is   level.Level `json:"level"`
}

// follow begins with the board of now.
func (s *Server) followLevels() *levelNews { return &levelNews{s, s.response.Levels.Board()} }

// events gives the text of the event, "" where nothing changed that who asks
// may see.
func (n *levelNews) events(r *http.Request) string {
	board := n.server.response.Levels.Board()
	before := n.seen
	n.seen = board
	if board == before {
		return ""
	}
	tree, scope := n.server.opt.Store.Current().Catalogue.Tree, scopeOf(r)
	changes := []levelEvent{}
	for _, c := range level.Changes(before, board) {
		if tree == nil || !scope.Holds(tree, c.Area) {
			continue
		}
		if a, known := tree.Get(c.Area); known && !coarseOnly(r, a.Level) {
			changes = append(changes, levelEvent{c.Area, a.Name, a.Level.String(), c.Was, c.Is})
		}
	}
	if len(changes) == 0 {
		return ""
	}
	data, err := json.Marshal(map[string]any{"day": board.Day, "data_version": board.DataVersion, "changes": changes})
	if err != nil {
		return "" // plain values: it cannot fail
	}
	return fmt.Sprintf("event: level\ndata: %s\n\n", strings.ReplaceAll(string(data), "\n", ""))
}
