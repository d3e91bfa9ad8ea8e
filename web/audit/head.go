package audit

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Head is the newest entry: written down elsewhere, it proves later that
// nothing before it was changed, whoever did it.
type Head struct {
	Seq  uint64 `json:"seq"` // 0 for an empty log
	Hash string `json:"hash"`
}

// headFile is what the file head says: up to where the log was durable.
type headFile struct {
	Head
	Segment string `json:"segment"`
	Size    int64  `json:"size"` // of the segment, with this entry
	MAC     string `json:"mac"`
}

// headLen is the length of the file: all of it is in one sector, so that it is
// written whole or not at all.
const headLen = 384

func (h headFile) sealed(key []byte) string {
	return seal(key, "head", fmt.Sprintf("%d %s %s %d", h.Seq, h.Hash, h.Segment, h.Size))
}

func (h headFile) text(key []byte) ([]byte, error) {
	h.MAC = h.sealed(key)
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	for len(text) < headLen-1 {
		text = append(text, ' ')
	}
	return append(text, '\n'), nil
}

var errHead = errors.New("the file head is damaged or not sealed with this key")

// readHead reads the file; nil without one.
func readHead(dir string, key []byte) (*headFile, error) {
	text, err := os.ReadFile(filepath.Join(dir, headName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &headFile{}
	if err := json.Unmarshal(text, h); err != nil || !hmac.Equal([]byte(h.MAC), []byte(h.sealed(key))) {
		return nil, errHead
	}
	if again, err := h.text(key); err != nil || string(again) != string(text) {
		return nil, errHead
	}
	return h, nil
}

// Halves give the first 96 bits of the hash as two whole numbers that a float64
// holds exactly, for metrics.
func (h Head) Halves() (high, low float64) {
	read := func(text string) float64 {
		n, err := strconv.ParseUint(text, 16, 64)
		if err != nil {
			return 0 // of an empty log
		}
		return float64(n)
	}
	if len(h.Hash) < 24 {
		return 0, 0
	}
	return read(h.Hash[:12]), read(h.Hash[12:24])
}
