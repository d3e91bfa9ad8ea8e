package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"reli/schemas"
)

// maxSocketPath is the length that every system takes for a socket's address.
const maxSocketPath = 100

// shortPath gives a path to a socket that is short enough for its address:
// through a link in the temporary directory where the data directory is deep.
func shortPath(path string) (string, func(), error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "reli")
	if err != nil {
		return "", nil, err
	}
	link := filepath.Join(dir, "d")
	target, err := filepath.Abs(filepath.Dir(path))
	if err == nil {
		err = os.Symlink(target, link)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, err
	}
	return filepath.Join(link, filepath.Base(path)), func() { _ = os.RemoveAll(dir) }, nil
}

func listenUnix(path string) (net.Listener, error) {
	short, done, err := shortPath(path)
	if err != nil {
		return nil, err
	}
	defer done()
	return net.Listen("unix", short)
}

// owner is the process that serves a data directory.
type owner struct{ client *http.Client }

// findOwner looks for a process that serves the data directory; nil when
// there is none.
func findOwner(ctx context.Context, dataDir string) *owner {
	path := localSocket(dataDir)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		short, done, err := shortPath(path)
		if err != nil {
			return nil, err
		}
		defer done()
		var d net.Dialer
		return d.DialContext(ctx, "unix", short)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil
	}
	_ = conn.Close()
	return &owner{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// post sends a body to the owner and reads its JSON answer.
func (o *owner) post(ctx context.Context, path string, header http.Header, body io.Reader, answer any) error {
	return o.do(ctx, http.MethodPost, path, header, body, answer)
}

// do asks the owner for something and reads its JSON answer, if there is one.
func (o *owner) do(ctx context.Context, method, path string, header http.Header, body io.Reader, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://reli"+path, body)
	if err != nil {
		return err
	}
	req.Header = header
	resp, err := o.client.Do(req)
	if err != nil {
		return fmt.Errorf("the serving process: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if resp.StatusCode/100 == 2 {
		return json.NewDecoder(resp.Body).Decode(answer)
	}
	var p struct{ Detail, Code string }
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Code == "" {
		return fmt.Errorf("the serving process answered %s", resp.Status)
	}
	return &schemas.Problem{Code: p.Code, Status: resp.StatusCode, Detail: p.Detail}
}
