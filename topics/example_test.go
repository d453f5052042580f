package topics_test

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/topics"
)

// Words 0 and 1 stand in one kind of documents, 2 and 3 in the other, word 4 in both.
func ExampleFit() {
	x, _ := tensor.NewSparse([]int{4, 5}, [][]int32{
		{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, // documents
		{0, 1, 4, 0, 1, 4, 2, 3, 4, 2, 3, 4}, // words
	}, []float64{3, 2, 1, 2, 3, 2, 3, 2, 1, 2, 3, 2})
	m, _ := topics.Fit(context.Background(), x, 2, &topics.Options{MinDocuments: 2})
	for k, a := range m.Anchors {
		fmt.Println("anchor", a.Word, "words", m.Top(k, 3))
	}
	fmt.Println("documents", m.Dominant())
	// Output:
	// anchor 1 words [0 1 4]
	// anchor 2 words [2 3 4]
	// documents [0 0 1 1]
}
