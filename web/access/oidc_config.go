package access

import (
	"fmt"
	"net"
	"net/url"

	"github.com/goccy/go-yaml"

	"reli/analytics/cube"
)

// OIDCConfig says how people sign in with an identity provider.
type OIDCConfig struct {
	Issuer           string `yaml:"issuer"` // exactly as in the provider's tokens
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"` // "" for a public client
	ClientSecret     string `yaml:"-"`
	// RedirectURL is this server's /v1/session/oidc/callback as browsers see it.
	RedirectURL string   `yaml:"redirect_url"`
	Scopes      []string `yaml:"scopes"` // besides openid
	// Claim names the claim whose values give the role: a text or a list.
	Claim string `yaml:"claim"`
	// NameClaim names the claim that is shown; "name" if empty.
	NameClaim string  `yaml:"name_claim"`
	Grants    []Grant `yaml:"grants"` // the first that fits holds
}

// Grant gives a role and a scope to a value of the claim.
type Grant struct {
	Value string `yaml:"value"`
	Role  Role   `yaml:"role"`
	Scope struct {
		Areas      []string `yaml:"areas"`
		Categories []string `yaml:"categories"`
		Sources    []string `yaml:"sources"`
	} `yaml:"scope"`
}

func (g Grant) scope() cube.Scope {
	return cube.Scope{Areas: g.Scope.Areas, Categories: g.Scope.Categories, Sources: g.Scope.Sources}
}

// ParseOIDC reads a configuration. Unknown keys are errors.
func ParseOIDC(text []byte) (OIDCConfig, error) {
	var c OIDCConfig
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("oidc: %s", yaml.FormatError(err, false, true))
	}
	return c, c.check()
}

func (c OIDCConfig) check() error {
	for _, f := range []struct{ name, address string }{{"issuer", c.Issuer}, {"redirect_url", c.RedirectURL}} {
		u, err := url.Parse(f.address)
		if err != nil || u.Host == "" || (u.Scheme != "https" && !(u.Scheme == "http" && loopbackHost(u.Hostname()))) {
			return &InputError{f.name, "want an https address, or http on this machine"}
		}
	}
	switch {
	case c.ClientID == "":
		return &InputError{"client_id", "is missing"}
	case c.Claim == "":
		return &InputError{"claim", "is missing"}
	case len(c.Grants) == 0:
		return &InputError{"grants", "without one nobody can sign in"}
	}
	for _, g := range c.Grants {
		if g.Value == "" {
			return &InputError{"grants", "a grant needs a value"}
		}
		if err := checkGrant(g.Role, g.scope()); err != nil {
			return fmt.Errorf("grant %q: %w", g.Value, err)
		}
	}
	return nil
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
