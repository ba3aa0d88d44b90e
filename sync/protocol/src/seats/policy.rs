//! How many seats each side should hold: policy, apart from safety. A wrong answer here wastes
//! seats and never sells one twice.
