package matrix

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// H2NMF clusters the columns by hierarchical rank-two NMF and chooses from every
// cluster the column that looks most like its main direction. It begins with one
// cluster and, until there are r, splits the one whose split raises
//
//	Σ_clusters σ₁(X(:,C))²
//
// most, σ₁ the largest singular value. A split is a rank-two NMF of the cluster,
// X(:,C) ≈ U·V, from its truncated singular value decomposition, [SPA] in two
// dimensions and nonnegative least squares in closed form; columns go by their
// share of the first component, v₁/(v₁+v₂) ≥ δ, and δ in 0, 0.01, …, 1 balances the
// sizes and keeps away from where columns lie dense:
//
//	min_δ −log(F(δ)(1 − F(δ))) + exp(G(δ)),
//
// F the fraction of columns at most at δ, G the density within 0.05 of it. The column chosen is
// the one at the smallest mean-removed angle to the first left singular vector.
//
// It is a clustering: it gives the pure columns only where the clusters are about
// them, yet it is hardly disturbed by noise and outliers. Negative entries count as
// zero. Fewer columns are returned when no cluster can be split. Work: about
// p²·n·log r flops. Deterministic.
//
// Reference:
//   - Gillis, N., Kuang, D., Park, H.: Hierarchical Clustering of Hyperspectral
//     Images Using Rank-Two Nonnegative Matrix Factorization. IEEE Trans. Geosci.
//     Remote Sens. 53(4), 2066–2078 (2015).
type H2NMF struct{}

// Tree is a hierarchy of clusters.
type Tree struct {
	// Nodes[0] holds all columns; the children of a node come after it.
	Nodes []TreeNode
	// Leaves are the nodes of the flat clustering, in the authors' order: a split
	// takes its cluster off the list and puts the two parts at the end.
	Leaves []int
}

// TreeNode is a cluster.
type TreeNode struct {
	Columns  []int  // of X, ascending
	Children [2]int // nodes; 0, 0 for a leaf
	Column   int    // the column of X that stands for the cluster
	Sigma    float64
}

// Labels says for every column of X which of the leaves, counted from 0, it is in.
func (t *Tree) Labels() []int {
	labels := make([]int, len(t.Nodes[0].Columns))
	for k, leaf := range t.Leaves {
		for _, j := range t.Nodes[leaf].Columns {
			labels[j] = k
		}
	}
	return labels
}

// Select implements [Selector].
func (s H2NMF) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	tree, err := h2nmf(ctx, &d, r)
	if err != nil || tree.Nodes[0].Sigma == 0 {
		return &Selection{}, err
	}
	sel := &Selection{}
	for _, leaf := range tree.Leaves {
		sel.Index = append(sel.Index, tree.Nodes[leaf].Column)
	}
	return sel, nil
}

// Cluster returns the hierarchy of at most r clusters. Errors are those of
// [H2NMF.Select].
func (H2NMF) Cluster(ctx context.Context, x mat.Matrix, r int) (*Tree, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	return h2nmf(ctx, &d, r)
}

// leaf is a cluster that may be split: what its split would give.
type leaf struct {
	node int
	part [2]*cluster
	gain float64 // −1: it cannot be split
}

func h2nmf(ctx context.Context, d *data, r int) (*Tree, error) {
	root := newCluster(d, all(d.n))
	tree := &Tree{Nodes: []TreeNode{root.asNode(d)}, Leaves: []int{0}}
	list := []leaf{splitLeaf(d, 0, root)}
	for len(list) < r {
		if err := ctx.Err(); err != nil {
			return tree, fmt.Errorf("matrix: H2NMF: %d of %d clusters: %w", len(list), r, err)
		}
		best := 0
		for k, l := range list {
			if l.gain > list[best].gain {
				best = k
			}
		}
		old := list[best]
		if old.gain < 0 {
			break
		}
		list = slices.Delete(list, best, best+1)
		tree.Leaves = slices.Delete(tree.Leaves, best, best+1)
		first := len(tree.Nodes)
		tree.Nodes[old.node].Children = [2]int{first, first + 1}
		var made [2]leaf
		var node [2]TreeNode
		par.For(2, 1, func(_, lo, hi int) {
			for k := lo; k < hi; k++ {
				node[k] = old.part[k].asNode(d)
				made[k] = splitLeaf(d, first+k, old.part[k])
			}
		})
		tree.Nodes = append(tree.Nodes, node[:]...)
		tree.Leaves = append(tree.Leaves, first, first+1)
		list = append(list, made[:]...)
	}
	if err := ctx.Err(); err != nil {
		return tree, fmt.Errorf("matrix: H2NMF: %w", err)
	}
	return tree, nil
}

// splitLeaf tries the split of a cluster.
func splitLeaf(d *data, node int, c *cluster) leaf {
	l := leaf{node: node, gain: -1}
	first, second := c.split(d)
	if len(first) == 0 || len(second) == 0 {
		return l
	}
	par.For(2, 1, func(_, lo, hi int) {
		for k := lo; k < hi; k++ {
			l.part[k] = newCluster(d, [][]int{first, second}[k])
		}
	})
	l.gain = max(0, l.part[0].energy[0]+l.part[1].energy[0]-c.energy[0]) // rounding can push it below zero
	return l
}
