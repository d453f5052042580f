package matrix

import "math"

// GeometricBound is the lower bound of the nonnegative rank that the restricted nonnegative rank
// gives ([RestrictedRank]), for matrices of the given rank: the least k with φ(rank, k) ≥ restricted,
//
//	φ(r, k) = max_{r ≤ d ≤ k} f(k, d−1, d−r),  for r = 3 the lesser of that and f(k, d−1, d−2),
//
// f(n, d, i) the number of faces of dimension i of the cyclic polytope with n corners in dimension d,
// which is the largest of any polytope. For the columns of U of a factorisation are the corners of a
// polytope of some dimension d−1, its section with the space of the columns of X lies between the
// nested polytopes, and corners of a section come from faces of dimension d−r. A lower bound of the
// restricted rank will do.
//
// Reference:
//   - Gillis, N., Glineur, F.: On the geometric interpretation of the nonnegative rank. Linear
//     Algebra Appl. 437(11), 2685–2712 (2012).
func GeometricBound(rank, restricted int) int {
	if rank <= 2 {
		return rank
	}
	for k := rank; ; k++ {
		if sectionCorners(rank, k) >= float64(restricted) {
			return k
		}
	}
}

// sectionCorners is φ(r, k).
func sectionCorners(r, k int) float64 {
	most := float64(k)
	for d := r + 1; d <= k; d++ {
		corners := cyclicFaces(k, d-1, d-r)
		if r == 3 { // the section is a polygon, which has as many sides as corners
			corners = min(corners, cyclicFaces(k, d-1, d-2))
		}
		most = max(most, corners)
	}
	return most
}

// cyclicFaces is f(n, d, i), from the h-vector h_j = C(n−d−1+j, j) = h_{d−j} of a simplicial polytope,
// f_i = Σ_j C(d−j, i+1−j)·h_j.
func cyclicFaces(n, d, i int) float64 {
	sum := 0.0
	for j := 0; j <= i+1; j++ {
		m := min(j, d-j)
		sum += choose(d-j, i+1-j) * choose(n-d-1+m, m)
	}
	return sum
}

// choose is a binomial coefficient, exact up to 2⁵³.
func choose(n, k int) float64 {
	if k < 0 || k > n {
		return 0
	}
	c := 1.0
	for i := range k {
		c = math.Round(c * float64(n-i) / float64(i+1))
	}
	return c
}
