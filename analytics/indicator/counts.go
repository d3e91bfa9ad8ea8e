package indicator

// Counts are what the indicators of one area and window are made of. All are
// as of the window's end: a step on a later day has not happened.
type Counts struct {
	Reports, Matters, People int64

	Disposed, Mediated, Failed, Resolved, Closed int64
	Assigned, Supervised, Visited, Cancelled     int64
	AssignedClosed, VisitedClosed                int64 // both

	// Of the closed, by the level that resolved.
	ByCounty, ByTownship, ByVillage, ByGrid int64

	HandlingMinutes             int64   // sum over the closed
	HandlingMedian, HandlingP90 float64 // minutes

	AcceptedInTime, AcceptedLate, NotAccepted int64 // the last: and the time for it has passed

	AnsweredInTime, AnsweredLate, Unanswered, Overdue int64 // of those with a date to answer by

	Satisfied, Fair, Dissatisfied, Unrated int64 // the last: and the time for it has passed

	Sued, Pretrial                         int64
	Repeated, Collective, CollectivePeople int64
	Skipped, Crossed, Spilled              int64
	EverClosed, Relapsed                   int64
	Whistled, Mustered                     int64
	MusterMedian                           float64 // minutes

	Population int64 // of the area, not from the records

	// From the county's roster, all 0 where it has no table of staff.
	Staff, StaffedGrids, StaffedPeople int64
}

// Limits in the definitions that no law or article settles for all sources;
// docs/indicators.md says where they come from.
const (
	ratingDays       = 30 // after the closing, for the rating
	collectivePeople = 5  // 信访工作条例 art. 20: from five on it is a collective visit
)

// column is one count as an expression over the courses.
type column struct {
	sql  string
	into func(*Counts) *int64
}

// by writes that a step was done before the window's end.
func by(day string) string { return `(` + day + ` > toDate(0) AND ` + day + ` < {to:Date})` }

// number counts the rows of a condition.
func number(condition string, into func(*Counts) *int64) column {
	return column{`countIf(` + condition + `)`, into}
}

// columns lists the whole numbers of Counts.
func columns() []column {
	closed, assigned, rated := by("closed"), by("assigned"), by("rated")
	const inTime = `assigned <= accept_by`
	answer := `due > toDate(0) AND `
	return []column{
		{`count()`, func(c *Counts) *int64 { return &c.Reports }},
		number(`previous = toDate(0)`, func(c *Counts) *int64 { return &c.Matters }),
		{`sum(people)`, func(c *Counts) *int64 { return &c.People }},
		number(by("disposed"), func(c *Counts) *int64 { return &c.Disposed }),
		number(by("mediated"), func(c *Counts) *int64 { return &c.Mediated }),
		number(by("failed"), func(c *Counts) *int64 { return &c.Failed }),
		number(closed+` AND `+by("resolved"), func(c *Counts) *int64 { return &c.Resolved }),
		number(closed, func(c *Counts) *int64 { return &c.Closed }),
		number(assigned, func(c *Counts) *int64 { return &c.Assigned }),
		number(by("supervised"), func(c *Counts) *int64 { return &c.Supervised }),
		number(by("visited"), func(c *Counts) *int64 { return &c.Visited }),
		number(by("cancelled"), func(c *Counts) *int64 { return &c.Cancelled }),
		number(assigned+` AND `+closed, func(c *Counts) *int64 { return &c.AssignedClosed }),
		number(by("visited")+` AND `+closed, func(c *Counts) *int64 { return &c.VisitedClosed }),
		number(closed+` AND resolver_level = 1`, func(c *Counts) *int64 { return &c.ByCounty }),
		number(closed+` AND resolver_level = 2`, func(c *Counts) *int64 { return &c.ByTownship }),
		number(closed+` AND resolver_level = 3`, func(c *Counts) *int64 { return &c.ByVillage }),
		number(closed+` AND resolver_level = 4`, func(c *Counts) *int64 { return &c.ByGrid }),
		{`sumIf(handling, ` + closed + `)`, func(c *Counts) *int64 { return &c.HandlingMinutes }},
		number(assigned+` AND `+inTime, func(c *Counts) *int64 { return &c.AcceptedInTime }),
		number(assigned+` AND NOT `+inTime, func(c *Counts) *int64 { return &c.AcceptedLate }),
		number(`NOT `+assigned+` AND accept_by < {to:Date}`, func(c *Counts) *int64 { return &c.NotAccepted }),
		number(answer+closed+` AND closed <= due`, func(c *Counts) *int64 { return &c.AnsweredInTime }),
		number(answer+closed+` AND closed > due`, func(c *Counts) *int64 { return &c.AnsweredLate }),
		number(answer+`NOT `+closed+` AND due >= {to:Date}`, func(c *Counts) *int64 { return &c.Unanswered }),
		number(answer+`NOT `+closed+` AND due < {to:Date}`, func(c *Counts) *int64 { return &c.Overdue }),
		number(rated+` AND rating = 1`, func(c *Counts) *int64 { return &c.Satisfied }),
		number(rated+` AND rating = 2`, func(c *Counts) *int64 { return &c.Fair }),
		number(rated+` AND rating = 3`, func(c *Counts) *int64 { return &c.Dissatisfied }),
		number(`NOT `+rated+` AND closed > toDate(0) AND closed + {rating_days:UInt8} < {to:Date}`, func(c *Counts) *int64 { return &c.Unrated }),
		number(by("sued"), func(c *Counts) *int64 { return &c.Sued }),
		number(by("pretrial")+` AND NOT `+by("sued"), func(c *Counts) *int64 { return &c.Pretrial }),
		number(`repeated`, func(c *Counts) *int64 { return &c.Repeated }),
		number(`people >= {collective:UInt8}`, func(c *Counts) *int64 { return &c.Collective }),
		{`sumIf(people, people >= {collective:UInt8})`, func(c *Counts) *int64 { return &c.CollectivePeople }},
		number(by("skipped"), func(c *Counts) *int64 { return &c.Skipped }),
		number(by("crossed"), func(c *Counts) *int64 { return &c.Crossed }),
		number(by("spilled"), func(c *Counts) *int64 { return &c.Spilled }),
		number(by("first_closed"), func(c *Counts) *int64 { return &c.EverClosed }),
		number(by("relapsed"), func(c *Counts) *int64 { return &c.Relapsed }),
		number(by("whistled"), func(c *Counts) *int64 { return &c.Whistled }),
		number(by("whistled")+` AND `+by("mustered"), func(c *Counts) *int64 { return &c.Mustered }),
	}
}

// middles are medians and other quantiles, as one array; of no rows they are
// NaN.
func middles() (sql string, into []func(*Counts) *float64) {
	handling := `quantilesExactInclusiveIf(0.5, 0.9)(handling, ` + by("closed") + `)`
	muster := `quantilesExactInclusiveIf(0.5)(muster_minutes, ` + by("whistled") + ` AND ` + by("mustered") + `)`
	return `arrayConcat(` + handling + `, ` + muster + `)`, []func(*Counts) *float64{
		func(c *Counts) *float64 { return &c.HandlingMedian },
		func(c *Counts) *float64 { return &c.HandlingP90 },
		func(c *Counts) *float64 { return &c.MusterMedian },
	}
}
