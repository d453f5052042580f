package dict

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Finding is what came out of checking a condition.
type Finding int

const (
	// Undecided: the condition could not be decided, or does not decide anything.
	Undecided Finding = iota
	// Holds: it is met.
	Holds
	// Fails: it is not met.
	Fails
)

// String is the finding in a word.
func (f Finding) String() string {
	switch f {
	case Holds:
		return "holds"
	case Fails:
		return "fails"
	}
	return "undecided"
}

// Condition is the condition of a theorem and whether it is met. All are
// sufficient; that one fails does not show that its conclusion is wrong.
type Condition struct {
	Mode      int    // of the dictionary it is about; −1: of the whole model
	Statement string // the condition
	Gives     string // what it is sufficient for
	Finding   Finding
	Because   string // the numbers that decide it, or why they do not
}

// certify checks the conditions:
//
//   - the certificate of each dictionary, and its other half, that B, the Khatri–Rao product of the
//     other factors, has full column rank;
//   - spark(D) > R+1: any R atoms that fit data without noise are the only ones (then no
//     other atom lies in their span), B of full column rank as before;
//   - spark(D) > R: any R atoms are independent, and there is a best approximation, at any order;
//   - for a tensor, Kruskal's Σ_n k_n ≥ 2R + N − 1 for the model's own factors: it is unique among
//     all CP models, with dictionary or without.
//
// References:
//   - [CG18a], section II.
//   - Sidiropoulos, N.D., Bro, R.: On the uniqueness of multilinear decomposition of N-way
//     arrays. J. Chemometrics 14(3), 229–239 (2000).
func (e *exam) certify(ctx context.Context) error {
	var spark []Condition
	for i := range e.p.modes {
		c, list := e.certified(i)
		e.trust.Certificates = append(e.trust.Certificates, c)
		e.trust.Conditions = append(e.trust.Conditions, list...)
		list, err := e.sparks(ctx, i)
		if err != nil {
			return err
		}
		spark = append(spark, list...)
	}
	e.trust.Conditions = append(e.trust.Conditions, spark...)
	if len(e.p.methods) < 3 {
		return nil
	}
	k, err := e.kruskal(ctx)
	if err != nil {
		return err
	}
	e.trust.Conditions = append(e.trust.Conditions, k)
	return nil
}

// certified is the certificate of modes[i] and its two conditions.
func (e *exam) certified(i int) (Certificate, []Condition) {
	c := e.certificate(i)
	m := &e.p.modes[i]
	const gives = "with both, no other choice of atoms fits data without noise as well"
	atoms := Condition{
		Mode: m.N, Gives: gives, Finding: Holds,
		Statement: "the chosen atoms are independent and no other atom lies in their span",
		Because:   fmt.Sprintf("the smallest singular value of the chosen atoms is %.3g; every atom is chosen", c.Singular),
	}
	if c.Atom >= 0 {
		atoms.Because = fmt.Sprintf("the smallest singular value of the chosen atoms is %.3g; closest to their span is %s, at a sine of %.3g", c.Singular, m.Dict.Name(c.Atom), c.Distance)
	}
	if c.Singular <= inSpan || c.Distance <= inSpan {
		atoms.Finding = Fails
	}
	least := leastSingular(e.base.factors, m.N)
	others := Condition{
		Mode: m.N, Gives: gives, Finding: Holds,
		Statement: "the Khatri–Rao product of the other factors has full column rank",
		Because:   fmt.Sprintf("its smallest singular value, columns at unit norm, is %.3g", least),
	}
	if len(e.p.methods) == 2 {
		others.Statement = "the other factor has full column rank"
	}
	if least <= dependentGram {
		others.Finding = Fails
	}
	if f := freeIn(e.base.atoms[i]); f > 0 { // the theorem is about atoms alone
		atoms.Finding = Undecided
		atoms.Because += fmt.Sprintf("; of the components %d are free, and what they could take the place of is not checked", f)
		return c, []Condition{atoms, others}
	}
	switch {
	case atoms.Finding == Holds && others.Finding == Holds:
		c.Unique = Holds
	case others.Finding == Holds && c.Singular > inSpan && e.p.matrix() && e.p.free(e.p.carrier()) && m.Bounds == nil:
		c.Unique = Fails // an atom of K for the one in its span, with the same span
	}
	return c, []Condition{atoms, others}
}

// dependentGram is the smallest singular value that a Gram matrix can tell from 0.
const dependentGram = 1e-7

// leastSingular is the smallest singular value of the Khatri–Rao product of all
// factors but n, its columns at unit norm; 0 if one is zero.
func leastSingular(factors []*mat.Dense, n int) float64 {
	g := tensor.HadamardOfGrams(factors, n)
	rank := g.SymmetricDim()
	unit := mat.NewSymDense(rank, nil)
	for r := range rank {
		if g.At(r, r) == 0 {
			return 0
		}
		for q := range r + 1 {
			unit.SetSym(r, q, g.At(r, q)/math.Sqrt(g.At(r, r))/math.Sqrt(g.At(q, q)))
		}
	}
	var s mat.EigenSym
	if !s.Factorize(unit, false) {
		return 0
	}
	return math.Sqrt(max(0, s.Values(nil)[0])) // rounding can push it below zero
}

// sparks are the two conditions on all atoms of modes[i].
func (e *exam) sparks(ctx context.Context, i int) ([]Condition, error) {
	m := &e.p.modes[i]
	s, err := m.Dict.Spark(ctx, e.p.rank+1)
	if err != nil {
		return nil, err
	}
	because := fmt.Sprintf("%d ≤ spark ≤ %d, the lower bound by %s", s.Lower, s.Upper, s.By)
	if s.Exact() {
		because = fmt.Sprintf("the spark is %d", s.Lower)
		if s.Set != nil {
			because += fmt.Sprintf(": %s are dependent", m.Dict.list(s.Set))
		}
	}
	if !math.IsNaN(s.Coherence) {
		because += fmt.Sprintf("; the coherence is %.6g, which by itself gives spark ≥ %.3g", s.Coherence, 1+1/s.Coherence)
	}
	existence := "a best approximation exists"
	if len(e.p.methods) == 2 {
		existence += " (of a matrix it does in any case)"
	}
	return []Condition{
		{m.N, fmt.Sprintf("spark(D) > R+1 = %d", e.p.rank+1), "whichever atoms fit data without noise, no others do, if the other factors are of full rank as above", s.exceeds(e.p.rank + 1), because},
		{m.N, fmt.Sprintf("spark(D) > R = %d", e.p.rank), existence, s.exceeds(e.p.rank), because},
	}, nil
}

// exceeds says whether the spark is above n.
func (s *Spark) exceeds(n int) Finding {
	switch {
	case s.Lower > n:
		return Holds
	case s.Upper <= n:
		return Fails
	}
	return Undecided
}

// list names atoms.
func (d *Dictionary) list(index []int) string {
	text := ""
	for i, j := range index {
		if i > 0 {
			text += ", "
		}
		text += d.Name(j)
	}
	return text
}

// kruskal is Kruskal's condition on the factors of the model.
func (e *exam) kruskal(ctx context.Context) (Condition, error) {
	order, rank := len(e.p.methods), e.p.rank
	c := Condition{
		Mode:      -1,
		Statement: fmt.Sprintf("the Kruskal ranks of the factors add up to at least 2R + N − 1 = %d", 2*rank+order-1),
		Gives:     "the model is unique among all CP models, with dictionary or without",
	}
	lower, upper := 0, 0
	for _, a := range e.base.factors {
		s := &Spark{Lower: 1, Upper: 1} // a zero column is dependent by itself
		if d, err := New(a, nil, nil); err == nil {
			if s, err = d.Spark(ctx, rank); err != nil {
				return c, err
			}
		}
		lower, upper = lower+s.Lower-1, upper+s.Upper-1
	}
	switch {
	case lower >= 2*rank+order-1:
		c.Finding = Holds
	case upper < 2*rank+order-1:
		c.Finding = Fails
	}
	c.Because = fmt.Sprintf("they add up to %d", lower)
	if lower < upper {
		c.Because = fmt.Sprintf("they add up to something from %d to %d", lower, upper)
	}
	return c, nil
}
