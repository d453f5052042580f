// Package multidict takes the atoms of a factor from several libraries, with
// bounds on how many each gives:
//
//	A_n = D(:, κ),  D = [D₁ … D_L],  Min_l ≤ |{r : κ_r in D_l}| ≤ Max_l,  R components in all.
//
// **Model.** A [Library] is a dictionary with a name and bounds. The choice of
// atoms is an assignment with bounds per library, solved exactly by package
// assign; with atoms scaled to unit norm all libraries are compared alike.
//
// Components of no library, families of look-alikes, tolerances and tied modes are
// those of package dict; families lie within a library, and a library of tied modes has a
// dictionary for each.
//
// **Algorithms.** Those of package dict, which sees one dictionary in groups.
//
// **Trust.** [Examine] is dict.Examine, with the libraries that rivals come from.
//
// **Invariants.** With one library and no bounds the result equals that of
// dict.Decompose, bit for bit.
//
// References:
//   - Cohen, J.E., Gillis, N.: Spectral unmixing with multiple dictionaries.
//     IEEE Geosci. Remote Sens. Lett. 15(2), 187–191 (2018).
package multidict
