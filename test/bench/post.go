package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"reli/internal/engine"
)

// postInsert sends the data of an INSERT … FORMAT to the engine's HTTP
// interface, as any client of ClickHouse can.
func postInsert(ctx context.Context, socket, database, sql string, data io.Reader, encoding string) error {
	transport := engine.Transport(socket)
	defer transport.CloseIdleConnections()
	target := "http://engine/?" + url.Values{"database": {database}, "query": {sql}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, data)
	if err != nil {
		return err
	}
	if encoding != "" {
		request.Header.Set("Content-Encoding", encoding)
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the engine refused the insert: %s", text)
	}
	return err
}
