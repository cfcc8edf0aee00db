//! From one catalog to another, as data: change, difference, hazard, order, SQL, way back.
