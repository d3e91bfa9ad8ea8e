package demo

import (
	"math"
	"math/rand/v2"
)

const (
	warpLongest    = 40_000.0 // metres, wavelength of the coarsest octave
	wavesPerOctave = 3
)

// warpSlopes are the slopes of the octaves, each half as long as the one
// before. Their root mean square along one axis adds up to 0.19, so that the
// plane would fold (slope −1) only five standard deviations away.
var warpSlopes = [...]float64{0.16, 0.16, 0.16, 0.15, 0.14, 0.12, 0.09}

// warp bends the plane so that straight borders become natural ones. It is a
// sum of plane waves, each octave half as long and about half as high, so
// borders meander at every scale. Every point moves as a function of its place alone,
// so neighbours that share a corner still share it. The slopes are
// small enough that the plane is not folded, so borders do not cross.
type warp struct {
	east, north []planeWave
}

type planeWave struct {
	kx, ky, phase, height float64
}

func newWarp(rng *rand.Rand) warp {
	draw := func() []planeWave {
		var waves []planeWave
		for o, slope := range warpSlopes {
			k := 2 * math.Pi * math.Pow(2, float64(o)) / warpLongest
			for range wavesPerOctave {
				direction := 2 * math.Pi * rng.Float64()
				waves = append(waves, planeWave{
					kx: k * math.Cos(direction), ky: k * math.Sin(direction),
					phase:  2 * math.Pi * rng.Float64(),
					height: slope / k / math.Sqrt(wavesPerOctave),
				})
			}
		}
		return waves
	}
	return warp{east: draw(), north: draw()}
}

// at is where p goes.
func (w warp) at(p point) point {
	q := p
	for _, v := range w.east {
		q.x += v.height * math.Sin(v.kx*p.x+v.ky*p.y+v.phase)
	}
	for _, v := range w.north {
		q.y += v.height * math.Sin(v.kx*p.x+v.ky*p.y+v.phase)
	}
	return q
}
