package main

import (
	"context"
	"maps"
	"os"
	"runtime/pprof"
	"slices"
)

// profiled writes profiles of Reli alone, if asked to: its cold tiles, and
// its warm ones beside that under the same name with .warm after it.
func (b *bench) profiled(ctx context.Context) error {
	if b.opt.profile == "" {
		return nil
	}
	cold := func() error {
		for _, layer := range []string{"grid", "hex"} {
			tasks := b.ground.cold(b.random("profile", 0), 10*b.opt.requests)
			if _, err := drive(ctx, overHTTP(b.reli, layer, gzipOnly), tasks, 1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := profile(b.opt.profile, cold); err != nil {
		return err
	}
	bodies, err := b.warmBodies(ctx, "grid")
	if err != nil {
		return err
	}
	paths := slices.Sorted(maps.Keys(bodies))
	return profile(b.opt.profile+".warm", func() error {
		_, err := repeat(ctx, b.reli.address, paths, manyClients, 10*b.opt.warmFor)
		return err
	})
}

func profile(name string, work func() error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}
