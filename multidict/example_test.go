package multidict_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/tensor"
)

// Exactly one atom from each of two libraries.
func ExampleDecompose() {
	minerals, _ := dict.New(mat.NewDense(3, 2, []float64{
		1, 0,
		0, 1,
		1, 1,
	}), []string{"quartz", "calcite"}, nil)
	plants, _ := dict.New(mat.NewDense(3, 2, []float64{
		1, 3,
		2, 0,
		0, 1,
	}), []string{"grass", "oak"}, nil)
	x := tensor.NewKruskal(
		mat.NewDense(3, 2, []float64{0, 1, 1, 2, 1, 0}), // calcite, grass
		mat.NewDense(3, 2, []float64{5, 1, 0, 2, 4, 1}),
	).Dense()

	libraries := []multidict.Library{
		{Name: "minerals", Dict: minerals, Min: 1, Max: 1},
		{Name: "plants", Dict: plants, Min: 1, Max: 1},
	}
	r, _ := multidict.Decompose(context.Background(), x, 2, []multidict.Mode{{N: 0, Libraries: libraries, Distinct: true}}, nil)
	for _, s := range r.Sources[0] {
		fmt.Println(libraries[s.Library].Name, libraries[s.Library].Dict.Name(s.Atom))
	}
	// Output:
	// minerals calcite
	// plants grass
}
