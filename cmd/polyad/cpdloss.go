package main

import (
	"strconv"
	"strings"

	"github.com/polyad/polyad/cpd"
)

// lossHelp is what --loss may say.
const lossHelp = `  poisson                counts, their mean the model ≥ 0: with --nonneg all
  poisson-log            counts, the logarithm of their mean the model
  bernoulli              0 and 1, the odds of 1 the model ≥ 0: with --nonneg all
  bernoulli-logit        0 and 1, the logarithm of the odds of 1 the model
  huber[:DELTA]          squares up to DELTA (1), linear beyond: data that are partly wrong
  rayleigh               magnitudes of noise: with --nonneg all
  gamma                  positive data with errors in proportion to their size: with --nonneg all`

// links are the losses whose model is not an estimate of the data themselves, so
// that what compares the two says nothing.
var links = map[string]bool{"bernoulli": true, "poisson-log": true, "bernoulli-logit": true}

// generalized is the algorithm that --loss asks for.
func (f cpdFlags) generalized(fit *fit) (cpd.Algorithm, error) {
	loss, err := f.lossOf()
	if err != nil {
		return nil, err
	}
	switch {
	case f.method != "":
		return nil, usagef("--loss is minimised in its own way; leave out --method %s", f.method)
	case f.exact:
		return nil, usagef("--loss is taken of the known entries as it is; leave out --exact")
	}
	if err := together("--loss "+f.loss, true, "", fit.methods, fit.wishes); err != nil {
		return nil, err
	}
	for n, m := range fit.methods {
		if _, free := m.(cpd.LeastSquares); free && loss.Nonnegative() {
			return nil, usagef("--loss %s is of models ≥ 0, and mode %d may be negative; give --nonneg all as well", f.loss, n)
		}
	}
	return cpd.Generalized{Loss: loss}, nil
}

func (f cpdFlags) lossOf() (cpd.Loss, error) {
	if text, ok := strings.CutPrefix(f.loss, "huber:"); ok {
		d, err := strconv.ParseFloat(text, 64)
		if err != nil || !(d > 0) {
			return nil, usagef("--loss %s: %q is no number above 0", f.loss, text)
		}
		return cpd.Huber{Delta: d}, nil
	}
	loss, ok := map[string]cpd.Loss{
		"poisson": cpd.Poisson{}, "poisson-log": cpd.PoissonLog{}, "bernoulli": cpd.BernoulliOdds{}, "bernoulli-logit": cpd.BernoulliLogit{},
		"huber": cpd.Huber{}, "rayleigh": cpd.Rayleigh{}, "gamma": cpd.Gamma{},
	}[f.loss]
	if !ok {
		return nil, usagef("--loss is %q; the names are in 'polyad cpd --help': poisson, bernoulli-logit, huber, …", f.loss)
	}
	return loss, nil
}
