package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/checkpoint"
	"github.com/polyad/polyad/tensor"
)

// states is where states are kept: by one process, or by all ranks.
type states interface {
	Save(dir string, p checkpoint.Problem, s *cpd.State) error
	Load(dir string, p checkpoint.Problem) (s *cpd.State, passed error, err error)
}

type alone struct{}

func (alone) Save(dir string, p checkpoint.Problem, s *cpd.State) error {
	return checkpoint.Save(dir, p, s)
}

func (alone) Load(dir string, p checkpoint.Problem) (*cpd.State, error, error) {
	return checkpoint.Load(dir, p)
}

// keep is what --checkpoint, --every and --resume ask for; c is not nil where ranks hold x.
func (a *app) keep(f cpdFlags, x tensor.Tensor, c dist.Comm) (*cpd.Keep, error) {
	if f.checkpoint == "" {
		if f.resume {
			return nil, usagef("--resume needs --checkpoint DIR")
		}
		return nil, nil
	}
	if f.every < 1 {
		return nil, usagef("--every is %d; it is at least 1", f.every)
	}
	if f.race > 0 {
		return nil, usagef("--race and --checkpoint do not go together")
	}
	if err := checkpoint.Check(f.checkpoint); err != nil {
		return nil, fmt.Errorf("--checkpoint: %w", err)
	}
	p := checkpoint.Problem{
		Dims: tensor.WholeDims(x), Rank: f.rank, Seed: a.common.seed, Norm: math.Sqrt(x.SquaredNorm()),
		Options: f.course(),
	}
	at := states(alone{})
	if parts, ok := x.(tensor.Partitioned); ok {
		at = checkpoint.Ranks{Comm: c, X: parts}
	}
	k := &cpd.Keep{Every: f.every, Save: func(s *cpd.State) error { return at.Save(f.checkpoint, p, s) }}
	s, passed, err := at.Load(f.checkpoint, p)
	if !f.resume {
		if !errors.Is(err, checkpoint.ErrNone) {
			return nil, usagef("--checkpoint: %s holds the state of a run, which this one would replace; give --resume to go on from it, or another folder", f.checkpoint)
		}
		return k, nil
	}
	switch {
	case errors.Is(err, checkpoint.ErrNone):
		a.warn("--resume: %v; the run begins anew", err)
	case err != nil:
		return nil, fmt.Errorf("--resume: %w", err)
	case passed != nil:
		a.warn("--resume: the newest state cannot be read, the one before it is taken: %v", passed)
	}
	k.From = s
	return k, nil
}

// course is what else decides how a run goes, for its states.
func (f cpdFlags) course() string {
	text := fmt.Sprintf("method=%s nonneg=%s init=%s init-factors=%s missing=%s", f.method, f.nonneg, f.init, f.initFactors, f.missing)
	for _, more := range []struct{ name, value string }{{"constraint", strings.Join(f.constraints, " ")}, {"loss", f.loss}, {"from", f.from}} {
		if more.value != "" {
			text += " " + more.name + "=" + more.value
		}
	}
	if f.exact {
		text += " exact"
	}
	return text
}
