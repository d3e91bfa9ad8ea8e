package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/web/access"
)

// userCmd keeps accounts and tokens through the socket in the data directory of
// the running server: who gets there is its owner.
type userCmd struct {
	Add     userAddCmd    `cmd:"" help:"Make an account; prints the one-time code with which its owner sets the password."`
	List    userListCmd   `cmd:"" help:"List accounts and tokens."`
	Disable userSwitchCmd `cmd:"" help:"Let an account in no more, at once."`
	Enable  userEnableCmd `cmd:"" help:"Let an account in again."`
	Reset   userResetCmd  `cmd:"" help:"Take an account's password away; prints a one-time code for a new one."`
	Token   userTokenCmd  `cmd:"" help:"Make a token for a machine or a display; prints it once."`
	Revoke  userRevokeCmd `cmd:"" help:"Revoke a token, at once."`
}

// grant are the flags of who may do what where.
type grant struct {
	Role     string   `help:"wall, leader, township, department, analyst, auditor, ingest or administrator." required:""`
	Area     []string `help:"Only these areas and what lies in them."`
	Category []string `help:"Only these categories."`
	Source   []string `help:"Only these sources."`
}

func (g grant) scope() cube.Scope {
	return cube.Scope{Areas: g.Area, Categories: g.Category, Sources: g.Source}
}

// keeper asks the running server to keep accounts.
func keeper(p *process) (*owner, error) {
	o := findOwner(p.ctx, p.config.Data)
	if o == nil {
		return nil, &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable,
			Detail: "no server runs on this data directory: start `reli serve` first"}
	}
	return o, nil
}

// ask sends a request with a JSON body, if there is one, to the running server.
func ask(p *process, method, path string, form, answer any) error {
	o, err := keeper(p)
	if err != nil {
		return err
	}
	header, body := http.Header{}, &bytes.Buffer{}
	if form != nil {
		header.Set("Content-Type", "application/json")
		if err := json.NewEncoder(body).Encode(form); err != nil {
			return err
		}
	}
	return o.do(p.ctx, method, path, header, body, answer)
}

// account is what the commands read of an account.
type account struct {
	ID, Name, Display string
	Role              access.Role
	Scope             cube.Scope
	Disabled          bool
	HasPassword       bool `json:"has_password"`
	External          bool
}

type accountAnswer struct {
	User account
	Code string
}

// printCode hands a one-time code over.
func (a accountAnswer) printCode(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "%s (%s)\n一次性代码，72 小时内在登录页设置密码 / one-time code to set the password with on the sign-in page, good for 72 hours:\n    %s\n",
		a.User.Name, a.User.Role, a.Code)
	return err
}

type userAddCmd struct {
	Name    string `arg:"" help:"Name for signing in."`
	Display string `help:"Name for people."`
	grant
}

// Run makes the account.
func (c userAddCmd) Run(p *process) error {
	var a accountAnswer
	err := ask(p, http.MethodPost, "/v1/users", access.NewAccount{Name: c.Name, Display: c.Display, Role: access.Role(c.Role), Scope: c.scope()}, &a)
	if err != nil {
		return err
	}
	return a.printCode(p)
}

type userListCmd struct{}

// Run lists accounts and tokens.
func (userListCmd) Run(p *process) error {
	var users struct{ Users []account }
	var tokens struct{ Tokens []token }
	if err := ask(p, http.MethodGet, "/v1/users", nil, &users); err != nil {
		return err
	}
	if err := ask(p, http.MethodGet, "/v1/tokens", nil, &tokens); err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KIND\tNAME\tROLE\tSCOPE\tSTATE")
	for _, u := range users.Users {
		fmt.Fprintf(t, "account\t%s\t%s\t%s\t%s\n", u.Name, u.Role, shortScope(u.Scope), u.state())
	}
	for _, k := range tokens.Tokens {
		fmt.Fprintf(t, "token %s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Role, shortScope(k.Scope), k.state(p.now()))
	}
	return t.Flush()
}

func (a account) state() string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.External:
		return "identity provider"
	case !a.HasPassword:
		return "awaits its one-time code"
	}
	return "active"
}

func shortScope(s cube.Scope) string {
	var parts []string
	for _, codes := range [][]string{s.Areas, s.Categories, s.Sources} {
		if len(codes) > 0 {
			parts = append(parts, strings.Join(codes, ","))
		}
	}
	if parts == nil {
		return "all"
	}
	return strings.Join(parts, " × ")
}

func userPath(name string) string { return "/v1/users/" + url.PathEscape(name) }

type userSwitchCmd struct {
	Name string `arg:"" help:"The account's name."`
}

// Run disables the account.
func (c userSwitchCmd) Run(p *process) error { return setDisabled(p, c.Name, true) }

type userEnableCmd struct {
	Name string `arg:"" help:"The account's name."`
}

// Run enables the account.
func (c userEnableCmd) Run(p *process) error { return setDisabled(p, c.Name, false) }

func setDisabled(p *process, name string, disabled bool) error {
	var a accountAnswer
	if err := ask(p, http.MethodPatch, userPath(name), map[string]bool{"disabled": disabled}, &a); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %s\n", a.User.Name, a.User.state())
	return err
}

type userResetCmd struct {
	Name string `arg:"" help:"The account's name."`
}

// Run resets the password.
func (c userResetCmd) Run(p *process) error {
	var a accountAnswer
	if err := ask(p, http.MethodPatch, userPath(c.Name), map[string]bool{"reset": true}, &a); err != nil {
		return err
	}
	return a.printCode(p)
}

// token is what the commands read of a token.
type token struct {
	ID, Name    string
	Role        access.Role
	Scope       cube.Scope
	Kiosk, Used bool
	ExpiresAt   time.Time `json:"expires_at"`
}

func (t token) state(now time.Time) string {
	switch {
	case !now.Before(t.ExpiresAt):
		return "expired"
	case t.Kiosk && !t.Used:
		return "kiosk, not yet entered, until " + t.ExpiresAt.Format(time.DateOnly)
	case t.Kiosk:
		return "kiosk, until " + t.ExpiresAt.Format(time.DateOnly)
	}
	return "until " + t.ExpiresAt.Format(time.DateOnly)
}

type userTokenCmd struct {
	Name  string `arg:"" help:"What the token is for."`
	Days  int    `help:"Days until it expires, at most 730." default:"90"`
	Kiosk bool   `help:"For a display: good for one opening of /wall?kiosk=TOKEN, which then stays signed in."`
	grant
}

// Run makes the token.
func (c userTokenCmd) Run(p *process) error {
	var a struct {
		Token  token
		Secret string
	}
	form := access.NewToken{Name: c.Name, Role: access.Role(c.Role), Scope: c.scope(), Kiosk: c.Kiosk,
		ExpiresAt: p.now().Add(time.Duration(c.Days) * 24 * time.Hour)}
	if err := ask(p, http.MethodPost, "/v1/tokens", form, &a); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s (%s) %s\n仅显示一次 / shown this once:\n    %s\n", a.Token.Name, a.Token.Role, a.Token.ID, a.Secret)
	return err
}

type userRevokeCmd struct {
	ID string `arg:"" help:"The token's id."`
}

// Run revokes the token.
func (c userRevokeCmd) Run(p *process) error {
	if err := ask(p, http.MethodDelete, "/v1/tokens/"+url.PathEscape(c.ID), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "revoked")
	return err
}
