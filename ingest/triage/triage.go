package triage

import "reli/schemas"

// Answer is what a text says. Its zero values are “unsure”.
type Answer struct {
	Category string          // code, "" for unsure
	Urgency  schemas.Urgency // UrgencyUnknown for unsure
	Tone     Tone
	// Score is the sum of the category's words, Next that of the class after
	// it: how sure the answer is.
	Score, Next int
}

// Tone is how a text sounds.
type Tone uint8

// Tones.
const (
	Calm         Tone = 1 // 平和
	Dissatisfied Tone = 2 // 不满
	Angry        Tone = 3 // 气愤
	Agitated     Tone = 4 // 激动
)

// maxText bounds the characters of a text that are looked at: complaints are
// shorter.
const maxText = 4000

// sums are what the words of a text come to.
type sums struct {
	byCategory             []int
	urgent, critical, tone int
}

// Read gives the answer for a text.
func (d *Dictionary) Read(text string) Answer {
	n := d.normal(text)
	s := d.add(n[:min(len(n), maxText)])
	a := Answer{Tone: Calm}
	best, score, next := -1, 0, 0
	for i, sum := range s.byCategory {
		switch {
		case sum > score:
			best, score, next = i, sum, score
		case sum > next:
			next = sum
		}
	}
	a.Score, a.Next = score, next
	if best >= 0 && score >= d.least && score-next >= d.ahead {
		a.Category = d.categories[best]
	}
	switch {
	case s.critical >= d.leastUrge:
		a.Urgency = schemas.UrgencyCritical
	case s.urgent+s.critical >= d.leastUrge:
		a.Urgency = schemas.UrgencyUrgent
	case a.Category != "":
		a.Urgency = schemas.UrgencyNormal
	}
	for _, from := range d.steps {
		if s.tone >= from {
			a.Tone++
		}
	}
	return a
}

// add goes over a text from word to word.
func (d *Dictionary) add(text []rune) sums {
	s := sums{byCategory: make([]int, len(d.categories))}
	counted := map[int]bool{} // by number of a word: whether it was not denied
	denied := -1              // up to here a negation reaches
	for i := 0; i < len(text); {
		if text[i] == '!' {
			s.tone += d.mark
		}
		if ends(text[i]) {
			denied = -1
		}
		w, length := d.words.find(text[i:])
		_, negation := d.negations.find(text[i:])
		if w == nil || negation > length {
			if negation > 0 {
				denied = i + negation + d.reach
			}
			i += max(1, negation)
			continue
		}
		no := i < denied
		plain, before := counted[w.seen]
		if w.event && !no && !plain || !w.event && !before {
			s.topic(w)
		}
		if !no && !plain {
			s.event(w)
		}
		counted[w.seen] = plain || !no
		i += length
	}
	return s
}

// topic adds what a word says of the category. A denied topic is a topic still:
// 未发工资 is about wages; a denied event has not happened.
func (s *sums) topic(w *word) {
	for _, c := range w.categories {
		s.byCategory[c.class] += c.weight
	}
}

// event adds what a word says where it is not denied.
func (s *sums) event(w *word) {
	s.urgent += w.urgent
	s.critical += w.critical
	s.tone += w.tone
}
