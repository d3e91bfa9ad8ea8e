package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const startTimeout = 2 * time.Minute

// program is the reli that is started, built from the same source.
func (b *bench) program() string { return filepath.Join(b.opt.cache, "reli") }

func (b *bench) build(ctx context.Context) error {
	text, err := exec.CommandContext(ctx, "go", "build", "-o", b.program(), "reli/cmd/reli").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLine(text))
	}
	return nil
}

// starts measures `reli serve` from its start to the first 200 of /readyz,
// and to the first tile of each layer after that.
func (b *bench) starts(ctx context.Context) error {
	var ready, grid, hexes []float64
	for n := range b.opt.starts {
		one, err := b.start(ctx, b.ground.county(b.random("start", n), b.ground.oneTile())[0])
		if err != nil {
			return err
		}
		ready, grid, hexes = append(ready, one[0].Seconds()), append(grid, one[1].Seconds()), append(hexes, one[2].Seconds())
	}
	b.compare(row{What: fmt.Sprintf("`reli serve` on %d incidents to /readyz", b.opt.incidents), Unit: "s", Bar: bar{valueAtMost, 2}}, ready, nil)
	b.compare(row{What: "the first tile after that, whole county, grid", Unit: "s"}, grid, nil)
	b.compare(row{What: "the first tile after that, whole county, hex", Unit: "s"}, hexes, nil)
	return nil
}

// start gives the time to ready, then of the first grid and the first hex
// tile.
func (b *bench) start(ctx context.Context, t task) (took [3]time.Duration, err error) {
	address, err := freeAddress()
	if err != nil {
		return took, err
	}
	cmd := exec.CommandContext(ctx, b.program(), "serve", "--data", b.store, "--listen", address, "--open")
	log, err := os.Create(filepath.Join(b.opt.cache, "serve.log"))
	if err != nil {
		return took, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return took, err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if ended := cmd.Wait(); err == nil {
			err = ended
		}
	}()
	for !isReady(ctx, address) {
		if time.Since(began) > startTimeout || ctx.Err() != nil {
			return took, fmt.Errorf("reli serve is not ready after %s: see %s", time.Since(began), log.Name())
		}
		time.Sleep(5 * time.Millisecond)
	}
	took[0] = time.Since(began)
	for i, layer := range []string{"grid", "hex"} {
		c, err := overHTTP(&reli{address: address}, layer, gzipOnly).open(ctx)
		if err != nil {
			return took, err
		}
		began = time.Now()
		_, err = c.tile(ctx, t)
		took[1+i] = time.Since(began)
		c.close()
		if err != nil {
			return took, err
		}
	}
	return took, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func isReady(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
