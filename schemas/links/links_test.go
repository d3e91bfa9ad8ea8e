package links

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEmbeddedRulesAreAFileOfRules(t *testing.T) {
	r := Default()
	require.NotEmpty(t, r.Rules)
	require.LessOrEqual(t, r.Propose, r.Apply)
	again, err := Parse(Source())
	require.NoError(t, err)
	require.Equal(t, r, again)
}

func TestFaultsOfAFileNameTheirPlace(t *testing.T) {
	const good = "version: v1\napply: 0.8\npropose: 0.3\n"
	for text, at := range map[string]string{
		"version: V 1\napply: 1\npropose: 1\n":                                                   "version",
		"version: v1\napply: .nan\npropose: 0.3\n":                                               "apply",
		"version: v1\napply: 0.5\npropose: 0.6\n":                                                "propose",
		good + "rules: [{name: a, days: -1, confidence: 1}]\n":                                   "rules[0].days",
		good + "rules: [{name: a, days: 1, confidence: 2}]\n":                                    "rules[0].confidence",
		good + "rules: [{name: a, days: 1, confidence: 1, same: [grid]}]\n":                      "rules[0].same",
		good + "rules: [{name: a, days: 1, confidence: 1}, {name: a, days: 1, confidence: 1}]\n": "rules[1].name",
		good + "radius: 3\n": "file",
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, at, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Source())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		for _, rule := range r.Rules {
			require.True(t, rule.Days >= 0 && rule.Confidence > 0 && rule.Confidence <= 1)
		}
	})
}
