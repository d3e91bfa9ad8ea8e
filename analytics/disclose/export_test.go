package disclose

// ShowForTest is Known.show.
func ShowForTest(b Known, k, base int64) Cell { return b.show(k, base) }

// TablesForTest counts the tables that are kept.
func (g *Guard) TablesForTest() int { return g.tables.size() }
