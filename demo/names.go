package demo

import (
	"math/rand/v2"
	"strconv"
)

// countyName is invented: no county bears it.
const countyName = "明禾县"

// villageStems are stems of village names common to many counties, so that no
// name points to one real village. The first are the commonest.
var villageStems = []string{
	"前进", "新兴", "红旗", "胜利", "东兴", "永安", "和平", "光明", "团结", "建设",
	"向阳", "幸福", "太平", "民主", "新华", "东风", "曙光", "兴隆", "长安", "富强",
	"朝阳", "永胜", "双合", "丰收", "先锋", "兴华", "新民", "保安", "立新", "东升",
	"友谊", "庆丰", "德胜", "万宝", "新立", "长发", "永丰", "广安", "三合", "振兴",
}

// Two halves that give further names once the stems are used up.
const (
	firstHalves  = "新永福兴长东西南北前后上下双"
	secondHalves = "安平丰胜利和发德顺宁乐源城山"
)

// townStems name the townships; the seat's is the first.
var townStems = []string{
	"明川", "福兴", "太和", "永丰", "升平", "兴安", "丰乐", "东明", "瑞山",
	"安邦", "新源", "宝泉", "长青", "双河", "景阳", "柳林", "青山", "龙泉",
}

var chineseDigits = []rune("零一二三四五六七八九")

// chineseNumber writes 1 to 99 as 一 … 九十九.
func chineseNumber(n int) string {
	switch {
	case n < 10:
		return string(chineseDigits[n])
	case n > 99:
		return strconv.Itoa(n)
	}
	out := "十"
	if n >= 20 {
		out = string(chineseDigits[n/10]) + out
	}
	if n%10 != 0 {
		out += string(chineseDigits[n%10])
	}
	return out
}

// placeNames gives n different stems for the places of one township.
func placeNames(n int, rng *rand.Rand) []string {
	names := shuffled(villageStems, rng)
	if n > len(names) {
		names = append(names, shuffled(furtherStems(villageStems), rng)...)
	}
	return names[:n]
}

// townNames gives n different stems for townships, the seat's first.
func townNames(n int, rng *rand.Rand) []string {
	names := append([]string{townStems[0]}, shuffled(townStems[1:], rng)...)
	if n > len(names) {
		names = append(names, shuffled(furtherStems(townStems), rng)...)
	}
	return names[:n]
}

// furtherStems joins the two halves in every way that is not in use.
func furtherStems(used []string) []string {
	taken := make(map[string]bool, len(used))
	for _, s := range used {
		taken[s] = true
	}
	var out []string
	for _, a := range firstHalves {
		for _, b := range secondHalves {
			for _, s := range []string{string([]rune{a, b}), string([]rune{b, a})} {
				if !taken[s] && a != b {
					taken[s] = true
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func shuffled(list []string, rng *rand.Rand) []string {
	out := append([]string(nil), list...)
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
