package dict

import (
	"fmt"
	"math"
)

// judge puts into words what the changes say:
//
//	Interchangeable  Δloss/loss of the rival < Matters
//	Clear            AIC of the rival ≥ Clear
//	Needed           Δloss/loss without the component ≥ Matters and its AIC ≥ Clear
//
// Without a σ̂² nothing is clear, and Needed is decided by the first half.
func (e *exam) judge() {
	for i := range e.p.modes {
		m := &e.p.modes[i]
		of := e.trust.Atoms[m.N]
		for r := range of {
			t := &of[r]
			t.Interchangeable = t.Swapped.Relative < e.o.Matters
			t.Clear = t.Swapped.AIC >= e.o.Clear
			t.Needed = t.Removed.Relative >= e.o.Matters && !(t.Removed.AIC < e.o.Clear)
			t.Verdict = e.verdict(m.Dict, t)
		}
	}
}

func (e *exam) verdict(d *Dictionary, t *AtomTrust) string {
	text := e.against(d, t)
	switch {
	case t.Needed:
	case t.Removed.Relative < e.o.Matters:
		text += fmt.Sprintf("; dispensable: without it the loss changes by %s only", change(t.Removed.Relative))
	default:
		text += "; the data do not show that it is there at all"
	}
	return text
}

// against is the verdict on the atom against its rival.
func (e *exam) against(d *Dictionary, t *AtomTrust) string {
	if t.Atom < 0 {
		return "of no atom"
	}
	if t.Rival < 0 {
		return "without a rival: no other atom is allowed in its place"
	}
	rival := d.Name(t.Rival)
	degrees := t.Angle * 180 / math.Pi
	numbers := fmt.Sprintf("at %.3g°, loss %s, Δloss/σ̂² %.3g", degrees, change(t.Swapped.Relative), t.Swapped.Deviance)
	switch {
	case t.Swapped.Loss < e.trust.Loss && t.Swapped.AIC <= -e.o.Clear:
		return fmt.Sprintf("not the best: %s fits better (%s)", rival, numbers)
	case t.Interchangeable && math.IsNaN(t.Swapped.AIC):
		return fmt.Sprintf("practically interchangeable with %s (%s); there are too few data to estimate the noise", rival, numbers)
	case t.Interchangeable && t.Clear:
		return fmt.Sprintf("practically interchangeable with %s, though the data tell them apart (%s)", rival, numbers)
	case t.Interchangeable:
		return fmt.Sprintf("indistinguishable from %s: the exchange neither matters nor shows (%s)", rival, numbers)
	case t.Clear:
		return fmt.Sprintf("well determined: the closest rival is %s (%s)", rival, numbers)
	}
	return fmt.Sprintf("uncertain: %s would change the fit, but not by more than noise does (%s)", rival, numbers)
}

// change is a relative change as a percentage with its sign, or as a factor where it
// is many times over.
func change(v float64) string {
	switch {
	case v >= 10:
		return fmt.Sprintf("×%.3g", 1+v)
	case v < 0:
		return fmt.Sprintf("−%.3g %%", -100*v)
	}
	return fmt.Sprintf("+%.3g %%", 100*v)
}
