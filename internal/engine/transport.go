package engine

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Dial connects to the engine's socket, whatever address is asked for. It fits
// clickhouse.Options.DialContext.
func Dial(socket string) func(ctx context.Context, addr string) (net.Conn, error) {
	return func(ctx context.Context, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	}
}

// Transport is an HTTP transport to the engine's socket: any host name in a URL
// leads there. Close its idle connections when done.
func Transport(socket string) *http.Transport {
	dial := Dial(socket)
	return &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return dial(ctx, addr)
		},
		MaxIdleConnsPerHost: defaultConnections,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
}
