//! Where a session stands with its transaction, as ReadyForQuery says it.

/// The status of a session between two cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Not in a transaction block.
    Idle,
    /// In a transaction block.
    InTransaction,
    /// In a transaction block that can only be rolled back.
    Failed,
}

impl TransactionStatus {
    /// Reads the letter of a ReadyForQuery.
    #[must_use]
    pub fn from_letter(letter: u8) -> Option<TransactionStatus> {
        match letter {
            b'I' => Some(TransactionStatus::Idle),
            b'T' => Some(TransactionStatus::InTransaction),
            b'E' => Some(TransactionStatus::Failed),
            _ => None,
        }
    }

    /// The letter of a ReadyForQuery.
    #[must_use]
    pub fn letter(self) -> u8 {
        match self {
            TransactionStatus::Idle => b'I',
            TransactionStatus::InTransaction => b'T',
            TransactionStatus::Failed => b'E',
        }
    }
}
