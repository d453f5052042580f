package topics

import "slices"

// Dominant is the topic that most of each document is in; of one without words −1.
func (m *Model) Dominant() []int {
	docs, _ := m.Documents.Dims()
	group := make([]int, docs)
	for d := range docs {
		row := m.Documents.RawRowView(d)
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		if group[d] = best; row[best] == 0 {
			group[d] = -1
		}
	}
	return group
}

// Top are the n most probable words of a topic, or all.
func (m *Model) Top(topic, n int) []int {
	row := m.Topics.RawRowView(topic)
	order := make([]int, len(row))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case row[a] > row[b]:
			return -1
		case row[a] < row[b]:
			return 1
		}
		return 0
	})
	return order[:min(n, len(order))]
}
