package scan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot/scan"
)

// The fictional county: 609 polygons, 52 weeks, 9,000 incidents, 999 replications.
func BenchmarkProspectivePermutation609x52(b *testing.B) {
	points, cases, _ := county(1, 609, 52, 9000)
	for b.Loop() {
		_, err := scan.Permutation(b.Context(), points, 52, cases, scan.Options{Seed: 1})
		require.NoError(b, err)
	}
}

func BenchmarkProspectivePoisson609x52(b *testing.B) {
	points, cases, baseline := county(1, 609, 52, 9000)
	for b.Loop() {
		_, err := scan.SpaceTime(b.Context(), points, 52, cases, baseline, scan.Options{Seed: 1, Prospective: true})
		require.NoError(b, err)
	}
}

// Retrospective looks at 33 times as many windows: 99 replications here.
func BenchmarkRetrospective609x52(b *testing.B) {
	points, cases, baseline := county(1, 609, 52, 9000)
	for b.Loop() {
		_, err := scan.SpaceTime(b.Context(), points, 52, cases, baseline, scan.Options{Seed: 1, Replications: 99})
		require.NoError(b, err)
	}
}

func BenchmarkSpatial609(b *testing.B) {
	points, cases, baseline := county(1, 609, 1, 9000)
	for b.Loop() {
		_, err := scan.Spatial(b.Context(), points, cases, baseline, scan.Options{Seed: 1})
		require.NoError(b, err)
	}
}
