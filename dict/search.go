package dict

// Ended says how a search for atoms ended.
type Ended int

const (
	// NoExchange: atoms were chosen, and not exchanged afterwards.
	NoExchange Ended = iota
	// Interrupted: by Options.Stop, by Options.Observe or by the context.
	Interrupted
	// SinglesExhausted: no exchange of one atom that was tried lowers the error.
	SinglesExhausted
	// PairsExhausted: nor does one of two atoms.
	PairsExhausted
	// Simpler: choices of a lower error were found, but they only fit noise in more
	// places than this one.
	Simpler
	// Proven: no choice of atoms that the modes allow has a lower error.
	Proven
)

// String is the state in words.
func (e Ended) String() string {
	switch e {
	case Interrupted:
		return "interrupted"
	case SinglesExhausted:
		return "no exchange of one atom that was tried lowers the error"
	case PairsExhausted:
		return "no exchange of one or two atoms that was tried lowers the error"
	case Simpler:
		return "choices of a lower error only fit noise in more places"
	case Proven:
		return "no other choice of atoms has a lower error"
	}
	return "atoms were not exchanged"
}

// Search says how far the choice of atoms was looked into.
type Search struct {
	Ended Ended
	// LowerBound is a relative error below which no choice of atoms that the modes
	// allow can end, whatever the algorithm; 0 where nothing better is known.
	LowerBound float64
	// Nodes is the number of partial choices that branch and bound looked at.
	Nodes int
}

// Gap is the share of the relative error that is not yet known to be necessary,
// (error − LowerBound)/error: 0 for a choice that is proven to be the best.
func (r *Result) Gap() float64 {
	if r.RelativeError <= r.Search.LowerBound {
		return 0
	}
	return (r.RelativeError - r.Search.LowerBound) / r.RelativeError
}
