//! What a cluster's privileges are, as one value; who may do what, and why.
