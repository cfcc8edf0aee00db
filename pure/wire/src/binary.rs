//! Values in the binary form of their types, read as text: of the types that rules about values are about.

/// A value of the type with this OID, as the type's text form spells it; none where the type is not one of those that are read here, or
/// the bytes are none of its values.
#[must_use]
pub fn as_text(type_oid: u32, bytes: &[u8]) -> Option<String> {
    Some(match type_oid {
        BOOL => match bytes {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => return None,
        },
        INT2 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        INT4 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        INT8 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        OID => u32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        FLOAT4 => f32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        FLOAT8 => f64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        NUMERIC => numeric(bytes)?,
        TEXT | VARCHAR | BPCHAR | NAME | UNKNOWN => std::str::from_utf8(bytes).ok()?.to_owned(),
        _ => return None,
    })
}

/// Digits to the base of 10 000, the first of which stands for `weight` times it.
fn numeric(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => i16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let (count, weight, sign, _scale) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let digits: Vec<i16> = words.collect();
    let is_whole = bytes.len().is_multiple_of(2) && usize::try_from(count).ok()? == digits.len();
    if !is_whole || digits.iter().any(|digit| !(0..10_000).contains(digit)) {
        return None;
    }
    let sign = match sign.cast_unsigned() {
        POSITIVE => "",
        NEGATIVE => "-",
        NOT_A_NUMBER => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        MINUS_INFINITY => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let weight = i32::from(weight);
    let at = |place: i32| {
        let digit = usize::try_from(weight - place).ok().and_then(|place| digits.get(place));
        format!("{:04}", digit.copied().unwrap_or(0))
    };
    let least = weight - i32::try_from(digits.len()).ok()? + 1;
    let whole: String = (0..=weight).rev().map(at).collect();
    let fraction: String = (least.min(0)..0).rev().map(at).collect();
    Some(format!("{sign}{whole}.{fraction}"))
}

const BOOL: u32 = 16;
const NAME: u32 = 19;
const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const TEXT: u32 = 25;
const OID: u32 = 26;
const FLOAT4: u32 = 700;
const FLOAT8: u32 = 701;
const UNKNOWN: u32 = 705;
const BPCHAR: u32 = 1042;
const VARCHAR: u32 = 1043;
const NUMERIC: u32 = 1700;

const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::as_text;
    use proptest::prelude::*;

    fn of_numeric(words: &[i16]) -> Option<String> {
        as_text(1700, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_are_read_as_their_text() {
        assert_eq!(as_text(20, &600_000_i64.to_be_bytes()).unwrap(), "600000");
        assert_eq!(as_text(23, &(-7_i32).to_be_bytes()).unwrap(), "-7");
        assert_eq!(as_text(701, &1e21_f64.to_be_bytes()).unwrap(), "1000000000000000000000");
        assert_eq!(as_text(16, &[1]).unwrap(), "true");
        assert_eq!(as_text(25, b"paid").unwrap(), "paid");
    }

    #[test]
    fn a_numeric_is_read_digit_by_digit() {
        // As PostgreSQL sends them: 600000.01, 500000 (its zeros are left out), -0.5, 0, 0.00000001.
        assert_eq!(of_numeric(&[3, 1, 0, 2, 60, 0, 100]).unwrap(), "00600000.0100");
        assert_eq!(of_numeric(&[1, 1, 0, 0, 50]).unwrap(), "00500000.");
        assert_eq!(of_numeric(&[1, -1, 0x4000, 1, 5000]).unwrap(), "-.5000");
        assert_eq!(of_numeric(&[0, 0, 0, 0]).unwrap(), "0000.");
        assert_eq!(of_numeric(&[1, -2, 0, 8, 1]).unwrap(), ".00000001");
        assert_eq!(of_numeric(&[0, 0, -0x4000, 0]).unwrap(), "NaN");
    }

    #[test]
    fn what_is_no_value_of_the_type_is_nothing() {
        assert_eq!(as_text(23, &[0; 8]), None);
        assert_eq!(as_text(1700, &[0, 9, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(of_numeric(&[1, 0, 0, 0, 10_000]), None);
        assert_eq!(as_text(1082, &[0; 4]), None);
        assert_eq!(as_text(25, &[0xff]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(oid in prop::sample::select(vec![16, 20, 21, 23, 25, 26, 700, 701, 1700, 3802]), bytes in any::<Vec<u8>>()) {
            let _ = as_text(oid, &bytes);
        }

        #[test]
        fn whole_numbers_come_through(number in any::<i64>()) {
            prop_assert_eq!(as_text(20, &number.to_be_bytes()), Some(number.to_string()));
        }
    }
}
