package privacy

import (
	"strings"
	"unicode/utf8"
)

// scanEmails finds a word, @, and a domain with a point.
func scanEmails(text string, found []Finding) []Finding {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("._%+-", c) >= 0
	}
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return found
		}
		mid := at + i
		start, end := mid, mid+1
		for start > 0 && word(text[start-1]) {
			start--
		}
		for end < len(text) && word(text[end]) {
			end++
		}
		if start < mid && strings.IndexByte(text[mid+1:end], '.') > 0 {
			found = append(found, Finding{Email, start, end})
		}
		at = mid + 1
	}
}

// plateProvinces begin a licence plate (GA 36).
const plateProvinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"

// scanPlates finds a province, a letter, and five or six more of which one is a
// digit.
func scanPlates(text string, found []Finding) []Finding {
	for at, r := range text {
		if r < utf8.RuneSelf || !strings.ContainsRune(plateProvinces, r) {
			continue
		}
		if n := plateLength(text[at+utf8.RuneLen(r):]); n > 0 {
			found = append(found, Finding{Plate, at, at + utf8.RuneLen(r) + n})
		}
	}
	return found
}

func plateLength(s string) int {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return 0
	}
	at := 1
	for _, gap := range []string{"·", "•", " ", "-"} {
		if strings.HasPrefix(s[at:], gap) {
			at += len(gap)
			break
		}
	}
	digits, n := 0, 0
	for at < len(s) && n < 6 {
		c := s[at]
		if c >= '0' && c <= '9' {
			digits++
		} else if c < 'A' || c > 'Z' || c == 'I' || c == 'O' {
			break
		}
		at, n = at+1, n+1
	}
	if r, size := utf8.DecodeRuneInString(s[at:]); n == 4 && strings.ContainsRune("挂学警港澳试超", r) {
		at, n = at+size, n+1
	}
	if n < 5 || digits == 0 || at < len(s) && (s[at] >= '0' && s[at] <= '9' || s[at] >= 'A' && s[at] <= 'Z') {
		return 0
	}
	return at
}

// Labels before a name, and forms of address behind a family name.
var (
	nameLabels = []string{"姓名", "联系人", "投诉人", "当事人", "申请人", "被申请人", "来电人", "来访人", "反映人", "信访人", "户主", "举报人", "报案人"}
	addresses  = []string{"某某", "某", "先生", "女士", "小姐", "大爷", "大妈", "大叔", "阿姨"}
)

// familyNames are those of about nine tenths of the people (the hundred most
// frequent of the census, two-character ones beside them).
const familyNames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳上官司马诸葛"

func scanNames(text string, found []Finding) []Finding {
	for _, label := range nameLabels {
		for at := 0; ; {
			i := strings.Index(text[at:], label)
			if i < 0 {
				break
			}
			at += i + len(label)
			if start, end := nameAfter(text, at); end > start {
				found = append(found, Finding{Name, start, end})
			}
		}
	}
	for _, address := range addresses {
		for at := 0; ; {
			i := strings.Index(text[at:], address)
			if i < 0 {
				break
			}
			end := at + i + len(address)
			if r, size := utf8.DecodeLastRuneInString(text[:at+i]); strings.ContainsRune(familyNames, r) {
				found = append(found, Finding{Name, at + i - size, end})
			}
			at = end
		}
	}
	return found
}

// nameAfter gives the name after a label and a colon or blank: a family name
// and one or two characters more.
func nameAfter(text string, at int) (start, end int) {
	for _, gap := range []string{"：", ":", "为", " ", "\u3000"} {
		if strings.HasPrefix(text[at:], gap) {
			at += len(gap)
			break
		}
	}
	rest := strings.TrimLeft(text[at:], " \u3000")
	start = len(text) - len(rest)
	end = start
	n := 0
	for i, r := range rest {
		if n == 0 && !strings.ContainsRune(familyNames, r) || n == 3 || r < '\u4e00' || r > '\u9fff' {
			break
		}
		n++
		end = start + i + utf8.RuneLen(r)
	}
	if n < 2 {
		return start, start
	}
	return start, end
}
