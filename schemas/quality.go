package schemas

// LocationRungs names the rungs of the location ladder, best first, under the
// codes that answers carry.
func LocationRungs() []Entry {
	return []Entry{
		{"point", "坐标", "Point"},
		{"grid", "网格编码", "Grid code"},
		{"village", "村（社区）编码", "Village code"},
		{"township", "乡镇编码", "Township code"},
		{"unlocated", "未定位", "Unlocated"},
		{"outside", "坐标在辖区外", "Point outside all areas"},
	}
}

// Rung gives the code of a location quality, "" for none.
func (q LocationQuality) Rung() string {
	rungs := LocationRungs()
	if q == 0 || int(q) > len(rungs) {
		return ""
	}
	return rungs[q-1].Code
}

// Faults names the reasons for which rows are refused.
func Faults() []Entry {
	return []Entry{
		{"ragged_row", "列数不符", "Other number of columns than the header"},
		{"row_too_long", "整行过长", "Row too long"},
		{"value_too_long", "内容过长", "Value too long"},
		{"bad_quote", "引号错位", "Misplaced quote"},
		{"unclosed_quote", "引号未闭合", "Quote never closed"},
		{"bad_json", "不是有效的 JSON", "Not a JSON object"},
		{"not_a_scalar", "应为单一值", "Object or list where a value belongs"},
		{"missing_value", "必填项缺失", "Required value missing"},
		{"bad_encoding", "编码错误", "Not UTF-8"},
		{"control_character", "含控制字符", "Control character"},
		{"bad_code", "编码格式不符", "Not the form of a code"},
		{"bad_date", "日期无法识别", "No date"},
		{"date_too_early", "日期过早", "Date too early"},
		{"date_in_future", "日期在未来", "Date in the future"},
		{"closed_before_occurred", "办结早于发生", "Closed before it happened"},
		{"bad_number", "数字无法识别", "Not a number"},
		{"incomplete_point", "坐标不全", "One coordinate missing"},
		{"not_finite", "坐标无效", "Coordinate not finite"},
		{"out_of_range", "坐标超出范围", "No place on Earth"},
		{"undeclared_crs", "坐标系未声明", "Undeclared reference system"},
		{"unknown_crs", "坐标系未知", "Unknown reference system"},
		{"unknown_value", "取值不在字典内", "Value in no dictionary"},
	}
}
