package dist

import "github.com/polyad/polyad/tensor"

// Model predicts what a fit by cpd.Decompose exchanges, a run from cpd.Random to its
// result with every sweep; [Count] counts it.
//
// A sum of W words over P ranks moves about 2W(P−1)/P of them per rank in 2·log₂P steps;
// a broadcast W in log₂P. With α seconds a step and β seconds a word a sweep costs
//
//	T = passes·(ΠI/P)·t + R²·ΣI_n·u + Steps·α + Moved·β,
//
// t the time of an entry in a pass and u that of the updates of the factors that every
// rank has for itself: the first part shrinks with P, the others do not.
type Model struct {
	Dims  []int // of the whole
	Split int   // the mode that is split
	Rank  int   // components
	Fixed []bool
	// HALS says that the split mode is updated by cpd.HALS or cpd.AcceleratedHALS, which
	// look at the largest entries of its columns.
	HALS bool
}

func (m Model) fixed(n int) bool { return n < len(m.Fixed) && m.Fixed[n] }

// Sweep is what a sweep exchanges, by far the most of it R·ΣI_n words over the modes that
// are not split, whatever the split mode's size and the number of ranks:
//
//	R·Σ_{n≠p} I_n  MTTKRPs, one sum each,
//	R(R+1)/2       the Gram of the split mode p, and R with HALS,
//	1              ⟨M, A⟩ where the last mode is the split one,
//	2              whether to stop,
//	2              broadcast: the error, and whether it is to be taken entry by entry.
//
// A sweep whose relative error is under 1e-6 sums one word more, and so does a mode by
// cpd.ADMM or cpd.FastGradient, if that is split, at every of its steps.
func (m Model) Sweep() Stats {
	s := Stats{Sums: 1, SumWords: 2, Bcasts: 1, BcastWords: 2}
	last := -1
	for n, size := range m.Dims {
		if m.fixed(n) {
			continue
		}
		last = n
		s.Sums++
		if n != m.Split {
			s.SumWords += m.Rank * size
			continue
		}
		s.SumWords += m.pairs()
		if m.HALS {
			s.Sums, s.SumWords = s.Sums+1, s.SumWords+m.Rank
		}
	}
	if last == m.Split {
		s.Sums, s.SumWords = s.Sums+1, s.SumWords+1
	}
	return s
}

// Led is what a sweep of least squares exchanges on a tensor of [Lead]: every factor is told
// and every MTTKRP summed, R·ΣI_n words each, and 4 words say what is asked for.
func (m Model) Led() Stats {
	s := Stats{}
	for n, size := range m.Dims {
		if !m.fixed(n) {
			s = s.Plus(Stats{Sums: 1, SumWords: m.Rank * size, Bcasts: 2, BcastWords: 4 + m.Rank*size})
		}
	}
	return s
}

// Gathered is what a tensor of [Lead] exchanges when rank 0 has asked for all of its entries,
// in pieces of 2¹⁶ words at most, the split mode cut by [Slab].
func (m Model) Gathered(ranks int) Stats {
	slice := 1
	for n, size := range m.Dims {
		if n != m.Split {
			slice *= size
		}
	}
	s := Stats{Bcasts: 1, BcastWords: 4 + m.Dims[m.Split]*slice}
	for r := range ranks {
		lo, hi := Slab(m.Dims[m.Split], r, ranks)
		s.Bcasts += ((hi-lo)*slice + gatherPiece - 1) / gatherPiece
	}
	return s
}

// Gram is what the Gram of the unfolding of mode n of a tensor of [Lead] exchanges; of the
// split mode where parts are in memory.
func (m Model) Gram(n int) (s Stats) {
	if n == m.Split {
		left := 1
		for k, size := range m.Dims {
			if k != n {
				left *= size
			}
		}
		for most := tensor.GramFibres(m.Dims, n); left > 0; left -= most {
			s = s.Plus(m.Fibres(n, min(left, most)))
		}
		return s
	}
	return Stats{Sums: 1, SumWords: m.Dims[n] * (m.Dims[n] + 1) / 2, Bcasts: 1, BcastWords: 4}
}

// Fibres is what that many fibres of mode n of it exchange, or entries if n is negative.
func (m Model) Fibres(n, count int) Stats {
	s := Stats{Sums: 1, SumWords: count, Bcasts: 1 + len(m.Dims), BcastWords: 4 + len(m.Dims)*count}
	if n >= 0 {
		s.Bcasts, s.BcastWords, s.SumWords = s.Bcasts-1, s.BcastWords-count, count*m.Dims[n]
	}
	return s
}

// Start is what [NewTensor], on that many ranks, and a start by cpd.Random exchange.
func (m Model) Start(ranks int) Stats {
	s := Stats{Sums: 3, SumWords: 2*ranks + 1 + 2, Bcasts: 1, BcastWords: len(m.Dims) + 2}
	s.Sums, s.SumWords = s.Sums+3, s.SumWords+2*m.pairs()+m.product()
	return s
}

// Result is what the result of a start exchanges.
func (m Model) Result() Stats {
	return Stats{Sums: 3, SumWords: m.Rank + m.pairs() + m.product(), Bcasts: 2, BcastWords: m.Rank + 2}
}

// pairs is a Gram matrix of rank R, one triangle of it.
func (m Model) pairs() int { return m.Rank * (m.Rank + 1) / 2 }

// product is ⟨X, X̂⟩ by the MTTKRP of mode 0.
func (m Model) product() int {
	if m.Split == 0 {
		return 1
	}
	return m.Rank * m.Dims[0]
}

// Passes is the number of readings of its part that a rank makes in a sweep, of dense data:
// what partial products share is read once.
func (m Model) Passes() float64 {
	if len(m.Dims) == 3 {
		return 1.5
	}
	return 2
}

// Memory is the number of words that a rank holds: its part of dense data, factors
// and MTTKRPs. Partial products take 1/8 of the data at most, or 2 MiB, beside it.
func (m Model) Memory(ranks int) int {
	part := (m.Dims[m.Split] + ranks - 1) / ranks
	entries, rows := part, part
	for n, size := range m.Dims {
		if n != m.Split {
			entries *= size
			rows += size
		}
	}
	return entries + 2*m.Rank*rows
}
