package level

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"reli/schemas"
)

// Fault codes.
const (
	FaultSyntax      = "syntax"
	FaultUnknownKey  = "unknown_key"
	FaultValue       = "bad_value"
	FaultDuplicate   = "duplicate"
	FaultUnknownName = "unknown_name" // a rule, input or placeholder that there is not
	FaultCycle       = "cycle"
	FaultNeverFires  = "never_fires" // a rule that cannot give a point, a level that cannot be reached
	FaultNobody      = "nobody"      // a level that nobody answers for
)

// Fault is one thing that is wrong with a policy, and where.
type Fault struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Path   string `json:"path"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (f Fault) String() string {
	where := fmt.Sprintf("%d:%d", f.Line, f.Column)
	if f.Path != "" {
		where += " " + f.Path
	}
	return fmt.Sprintf("%s: %s (%s)", where, f.Detail, f.Code)
}

// Faults are all that was found wrong, in the order of the file.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Parse reads a policy. What is wrong with it is a Faults with line and column
// of each, inside a *schemas.Problem with code bad_policy.
func Parse(text []byte) (*Policy, error) {
	p, faults := parse(text)
	if len(faults) > 0 {
		return nil, &schemas.Problem{Code: schemas.CodeBadPolicy, Status: http.StatusBadRequest, Field: "policy",
			Detail: faults.Error(), Line: faults[0].Line, Column: faults[0].Column, Err: faults}
	}
	return p, nil
}

// Default gives the policy that ships with Reli.
func Default() (*Policy, error) { return Parse(schemas.DefaultPolicy()) }

// MustDefault is Default for the start of a program.
func MustDefault() *Policy {
	p, err := Default()
	if err != nil {
		panic(err) // a test holds that the embedded file is a policy
	}
	return p
}

func parse(text []byte) (*Policy, Faults) {
	if len(text) > maxPolicyBytes {
		return nil, Faults{{Code: FaultValue, Detail: fmt.Sprintf("a policy has at most %d bytes", maxPolicyBytes)}}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, Faults{faultOf(err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, Faults{{Line: 1, Column: 1, Code: FaultSyntax, Detail: "want one document with the policy"}}
	}
	p := &Policy{}
	if err := yaml.UnmarshalWithOptions(text, p, yaml.Strict()); err != nil {
		return nil, Faults{faultOf(err)}
	}
	c := &checker{policy: p, root: file.Docs[0].Body}
	c.check()
	slices.SortStableFunc(c.faults, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return p, c.faults
}

// faultOf gives the place and kind of an error of the YAML reader.
func faultOf(err error) Fault {
	f := Fault{Code: FaultSyntax, Detail: firstLine(err.Error())}
	var known yaml.Error
	if !errors.As(err, &known) {
		return f
	}
	f.Detail = known.GetMessage()
	if t := known.GetToken(); t != nil && t.Position != nil {
		f.Line, f.Column = t.Position.Line, t.Position.Column
	}
	var key *yaml.UnknownFieldError
	var twice *yaml.DuplicateKeyError
	var kind *yaml.TypeError
	switch {
	case errors.As(err, &key):
		f.Code = FaultUnknownKey
	case errors.As(err, &twice):
		f.Code = FaultDuplicate
	case errors.As(err, &kind):
		f.Code = FaultValue
	}
	return f
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// find gives the node at a path of keys (string) and positions (int), or the
// last one on the way that there is.
func find(node ast.Node, path ...any) ast.Node {
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			return node
		}
		node = next
	}
	return node
}

func child(node ast.Node, step any) ast.Node {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return child(n.Value, step)
	case *ast.SequenceNode:
		if i, ok := step.(int); ok && i < len(n.Values) {
			return n.Values[i]
		}
	case *ast.MappingNode:
		for _, v := range n.Values {
			if step == v.Key.String() {
				return v.Value
			}
		}
	case *ast.MappingValueNode:
		if step == n.Key.String() {
			return n.Value
		}
	}
	return nil
}

// position gives line and column of a node: of a mapping, those of its first
// key.
func position(node ast.Node) (line, column int) {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return position(n.Value)
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			node = n.Values[0].Key
		}
	case *ast.MappingValueNode:
		node = n.Key
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 0, 0
}
