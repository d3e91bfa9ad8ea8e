package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// wire is a client of HTTP/1.1 on one kept connection that does nothing but
// what it must, so that on two cores the server is measured and not the
// client. It reads answers with a Content-Length, or none with 204.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	body []byte
	ask  string // the end of every request
	path func(task) string
}

// What clients accept.
const (
	gzipOnly = "gzip"
	browser  = "gzip, deflate, br, zstd" // Chromium's
)

func dialWire(ctx context.Context, address, accept string, path func(task) string) (client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), path: path,
		ask: " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: " + accept + "\r\n\r\n"}, nil
}

func (w *wire) close() { _ = w.conn.Close() }

func (w *wire) tile(_ context.Context, t task) ([]byte, error) { return w.get(w.path(t)) }

func (w *wire) get(path string) ([]byte, error) {
	w.out = append(append(append(w.out[:0], "GET "...), path...), w.ask...)
	if _, err := w.conn.Write(w.out); err != nil {
		return nil, err
	}
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return nil, errors.New("no status line")
	}
	status := string(line[len("HTTP/1.1 "):len("HTTP/1.1 200")])
	length, err := w.header(status)
	if err != nil {
		return nil, err
	}
	if cap(w.body) < length {
		w.body = make([]byte, length)
	}
	w.body = w.body[:length]
	if _, err := io.ReadFull(w.in, w.body); err != nil {
		return nil, err
	}
	if status != "200" && status != "204" {
		return nil, fmt.Errorf("status %s: %s", status, w.body)
	}
	return w.body, nil
}

// header reads to the empty line and gives the length of the body.
func (w *wire) header(status string) (length int, err error) {
	length = -1
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 && status != "204" {
		return 0, fmt.Errorf("status %s without a Content-Length", status)
	}
	return max(length, 0), nil
}

// overHTTP is a layer of Reli as a client asks for it.
func overHTTP(r *reli, layer, accept string) peer {
	path := func(t task) string {
		return fmt.Sprintf("/v1/tiles/%s/%s.mvt?from=%s&to=%s", layer, t.tile, t.from, t.to)
	}
	return peer{name: "Reli " + layer, open: func(ctx context.Context) (client, error) { return dialWire(ctx, r.address, accept, path) }}
}
