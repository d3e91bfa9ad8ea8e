package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"reli/schemas"
)

// enum is the values a coded field may have: label → value.
type enum[T any] struct {
	values map[string]T
	other  *T // for labels not listed, nil when they are refused
	barred map[string]bool
}

// refused is the value, in a profile's values and categories, of labels whose
// rows go to the quarantine.
const refused = "refuse"

// refuses says whether the profile refuses the label.
func (e *enum[T]) refuses(label string) bool {
	return len(e.barred) > 0 && (e.barred[label] || e.barred[foldName(label)])
}

// anyOther is the label, in a profile's values, that stands for all labels
// not listed.
const anyOther = "*"

func (e *enum[T]) find(label string) (v T, ok bool) {
	if e.refuses(label) {
		return v, false
	}
	if v, ok = e.values[label]; ok {
		return v, true
	}
	if v, ok = e.values[foldName(label)]; ok {
		return v, true
	}
	if e.other != nil {
		return *e.other, true
	}
	return v, false
}

// extend adds the labels of a profile; each must lead to a value known.
func (e *enum[T]) extend(field string, labels map[string]string) error {
	added := map[string]T{}
	for label, to := range labels {
		if to == refused && label != anyOther {
			if e.barred == nil {
				e.barred = map[string]bool{}
			}
			e.barred[foldName(label)] = true
			continue
		}
		v, ok := e.values[foldName(to)]
		if !ok && to != "" && to != refused {
			return fault(fmt.Sprintf("%s has no value %q", field, to), "values", field, label)
		}
		if label == anyOther {
			if e.other = &v; to == refused {
				e.other = nil
			}
			continue
		}
		added[foldName(label)] = v
	}
	for label, v := range added {
		e.values[label] = v
	}
	return nil
}

// enums are the coded fields.
type enums struct {
	source  enum[string]
	channel enum[string]
	scale   enum[schemas.Scale]
	urgency enum[schemas.Urgency]
	level   enum[schemas.Level]
	state   enum[schemas.State]
	kind    enum[schemas.TransitionKind]
}

func (f *profileFile) compileValues(p *Profile) error {
	d := schemas.LoadDictionary()
	p.enums = enums{
		source:  enum[string]{values: map[string]string{}},
		channel: fromEntries(d.Channels, func(e schemas.Entry) string { return e.Code }),
		scale:   fromEntries(d.Scales, func(e schemas.Entry) schemas.Scale { return schemas.Scale(digit(e.Code)) }),
		urgency: fromEntries(d.Urgencies, func(e schemas.Entry) schemas.Urgency { return schemas.Urgency(digit(e.Code)) }),
		level:   levelEnum(d),
		state:   stateEnum(),
		kind:    kindEnum(),
	}
	for _, to := range f.Values["source"] {
		if !code.MatchString(to) {
			return fault(fmt.Sprintf("%q is not a code", to), "values", "source")
		}
		p.enums.source.values[to] = to
	}
	extend := map[string]func(string, map[string]string) error{
		"source": p.enums.source.extend,
	}
	if f.Record == RecordIncident {
		extend["channel"], extend["scale"], extend["urgency"] = p.enums.channel.extend, p.enums.scale.extend, p.enums.urgency.extend
		extend["resolver_level"], extend["state"] = p.enums.level.extend, p.enums.state.extend
	} else {
		extend["kind"], extend["level"] = p.enums.kind.extend, p.enums.level.extend
	}
	for _, field := range slices.Sorted(maps.Keys(f.Values)) {
		labels := f.Values[field]
		if f.Record.plain(field) {
			p.translate(f.Record.field(field), labels)
			continue
		}
		add, ok := extend[field]
		if !ok {
			return fault(fmt.Sprintf("a %s has no such field with listed values", f.Record), "values", field)
		}
		if err := add(field, labels); err != nil {
			return err
		}
	}
	return nil
}

// plain says whether a field holds texts that a profile may translate one by
// one. Ids are kept as they are, dates and categories have keys of their own.
func (k RecordKind) plain(field string) bool {
	if k == RecordTransition {
		return field == "unit"
	}
	switch k.field(field) {
	case fCRS, fGrid, fVillage, fTownship, fFirstUnit, fHandlingUnit, fPeople, fYear:
		return true
	}
	return false
}

// translate notes the values of a plain field. A text that is not listed stays
// as it is, unless there is a value for all others.
func (p *Profile) translate(field int, labels map[string]string) {
	e := enum[string]{values: map[string]string{}, barred: map[string]bool{}}
	for label, to := range labels {
		switch {
		case label == anyOther && to != refused:
			e.other = &to
		case to == refused:
			e.barred[foldName(label)] = true
		default:
			e.values[foldName(label)] = to
		}
	}
	if p.plain == nil {
		p.plain = map[int]enum[string]{}
	}
	p.plain[field] = e
}

// fromEntries takes codes and names of the dictionary as labels.
func fromEntries[T any](entries []schemas.Entry, value func(schemas.Entry) T) enum[T] {
	e := enum[T]{values: map[string]T{}}
	for _, entry := range entries {
		for _, label := range []string{entry.Code, entry.Zh, entry.En} {
			e.values[foldName(label)] = value(entry)
		}
	}
	return e
}

// digit reads the code of a numbered dictionary entry.
func digit(code string) uint64 {
	n, err := strconv.ParseUint(code, 10, 8)
	if err != nil {
		panic("ingest: embedded dictionary: " + err.Error()) // kept valid by TestBuiltinProfiles
	}
	return n
}

// levelEnum also takes the numbers of the levels, 1 for the county.
func levelEnum(d schemas.Dictionary) enum[schemas.Level] {
	e := enum[schemas.Level]{values: map[string]schemas.Level{}}
	for i, entry := range d.Levels { // listed coarsest first, as the numbers run
		for _, label := range []string{entry.Code, entry.Zh, entry.En, strconv.Itoa(i + 1)} {
			e.values[foldName(label)] = schemas.Level(i + 1)
		}
	}
	return e
}

func stateEnum() enum[schemas.State] {
	return enum[schemas.State]{values: map[string]schemas.State{
		"registered": schemas.StateRegistered, "录入": schemas.StateRegistered, "1": schemas.StateRegistered,
		"assigned": schemas.StateAssigned, "交办": schemas.StateAssigned, "2": schemas.StateAssigned,
		"resolved": schemas.StateResolved, "化解": schemas.StateResolved, "3": schemas.StateResolved,
		"visited": schemas.StateVisited, "回访": schemas.StateVisited, "4": schemas.StateVisited,
		"cancelled": schemas.StateCancelled, "销号": schemas.StateCancelled, "5": schemas.StateCancelled,
		"reopened": schemas.StateReopened, "再挂号": schemas.StateReopened, "6": schemas.StateReopened,
	}}
}

func kindEnum() enum[schemas.TransitionKind] {
	return enum[schemas.TransitionKind]{values: map[string]schemas.TransitionKind{
		"register": schemas.TransitionRegister, "录入": schemas.TransitionRegister,
		"assign": schemas.TransitionAssign, "交办": schemas.TransitionAssign,
		"supervise": schemas.TransitionSupervise, "督办": schemas.TransitionSupervise,
		"resolve": schemas.TransitionResolve, "化解": schemas.TransitionResolve,
		"visit": schemas.TransitionVisit, "回访": schemas.TransitionVisit,
		"cancel": schemas.TransitionCancel, "销号": schemas.TransitionCancel,
		"reopen": schemas.TransitionReopen, "再挂号": schemas.TransitionReopen,
		"review": schemas.TransitionReview, "复查": schemas.TransitionReview,
		"mediate": schemas.TransitionMediate, "调处": schemas.TransitionMediate,
		"fail": schemas.TransitionFail, "调解不成": schemas.TransitionFail,
		"pretrial": schemas.TransitionPretrial, "诉前调解": schemas.TransitionPretrial,
		"sue": schemas.TransitionSue, "起诉": schemas.TransitionSue,
		"skip": schemas.TransitionSkip, "越级": schemas.TransitionSkip,
		"cross": schemas.TransitionCross, "三跨": schemas.TransitionCross,
		"spill": schemas.TransitionSpill, "外溢": schemas.TransitionSpill,
		"whistle": schemas.TransitionWhistle, "吹哨": schemas.TransitionWhistle,
		"muster": schemas.TransitionMuster, "报到": schemas.TransitionMuster,
		"satisfied": schemas.TransitionSatisfied, "满意": schemas.TransitionSatisfied,
		"fair": schemas.TransitionFair, "基本满意": schemas.TransitionFair,
		"dissatisfied": schemas.TransitionDissatisfied, "不满意": schemas.TransitionDissatisfied,
	}}
}
