//! Dates of documents: the column that has them, and what its values mean.

use hashbrown::HashMap;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{DocumentTable, ModelError, TopicModel};

/// How exactly dates are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// Years alone.
    Year,
    /// Months or quarters.
    Month,
    /// Days.
    Day,
}

names!(Resolution { Year = "year", Month = "month", Day = "day" });

/// The dates of all documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Dates {
    /// The metadata column that has them.
    pub column: String,
    /// Days from 1970-01-01 to the date of each document: to the first day of its year or month where no more is known,
    /// and as it is written, whatever its time zone. `None` if there is none, or none that could be read.
    pub days: Vec<Option<i32>>,
    /// How exactly they are known: as well as the best of them.
    pub resolution: Resolution,
    /// Values that could not be read.
    pub n_unread: usize,
    /// What is uncertain or was left out, as sentences.
    pub notes: Vec<String>,
}

/// Share of the values of a column that must be dates, if nobody says that it has dates: with a name that says so, and
/// without.
const NAMED_SHARE: f64 = 0.9;
const UNNAMED_SHARE: f64 = 0.98;

/// Words in the names of columns that have dates, the most telling first.
const TELLING_WORDS: [&str; 10] =
    ["date", "datetime", "published", "created", "posted", "time", "timestamp", "year", "month", "day"];

/// Values of a column that are looked at before all of them are read.
const FIRST_LOOK: usize = 200;

/// Years that a number of four digits may mean.
const YEARS: std::ops::RangeInclusive<i64> = 1000..=2999;

impl TopicModel {
    /// The dates of the documents: of this column, or else of the one that the fit was told
    /// (`IngestParams::date_column`), or else of the one that looks like dates. `None` if there is no such column.
    /// Fails if a column that was named is none of the metadata, or has no date that can be read.
    ///
    /// ```
    /// use topicmill::{Config, Dataset, FactorizeParams, Silent, fit, ingest::Document};
    /// let texts = ["a ship at sea", "the sea and the ship", "bread and butter", "the butter on the bread"];
    /// let documents = texts.iter().zip(1848..).map(|(text, year)| {
    ///     Document::new(format!("d{year}"), *text).with_metadata([("year", year.to_string())])
    /// });
    /// let dataset = Dataset::from_documents(documents, &Config::default())?;
    /// let model = fit(&dataset, &FactorizeParams { n_topics: 2, ..Default::default() }, &mut Silent)?;
    /// let dates = model.dates(None)?.unwrap();
    /// assert_eq!(dates.column, "year");
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn dates(&self, column: Option<&str>) -> Result<Option<Dates>, ModelError> {
        let told = self.manifest.config["ingest"]["date_column"].as_str();
        Dates::of(&self.documents, column, told)
    }
}

impl Dates {
    /// The dates of a table of documents: of the column that is asked for, that was `told`, or that looks like dates.
    pub fn of(documents: &DocumentTable, asked: Option<&str>, told: Option<&str>) -> Result<Option<Self>, ModelError> {
        match asked.or(told) {
            Some(name) => {
                let Some(column) = documents.columns.iter().position(|column| column == name) else {
                    return Err(ModelError::no_column(name, &documents.columns));
                };
                let dates = Self::read(documents, column);
                let first = documents.rows().map(|row| row.value(column).trim()).find(|value| !value.is_empty());
                match (dates.days.iter().any(Option::is_some), first) {
                    (true, _) => Ok(Some(dates)),
                    (false, Some(first)) => Err(ModelError::Column {
                        problem: format!("the column {name:?} has no date that can be read: it begins with {first:?}"),
                    }),
                    (false, None) => Err(ModelError::Column { problem: format!("the column {name:?} is empty") }),
                }
            }
            None => Ok(recognised(documents).map(|column| Self::read(documents, column))),
        }
    }

    fn read(documents: &DocumentTable, column: usize) -> Self {
        let values = || documents.rows().map(|row| row.value(column));
        let (order, is_certain) = day_order(values());
        // Columns repeat their values, and a table of those that were read is faster than reading them again.
        let mut known: HashMap<&str, Option<(Date, Resolution)>> = HashMap::new();
        let (mut days, mut resolution, mut n_unread, mut unread) = (Vec::new(), Resolution::Year, 0, None);
        let (mut coarsest, mut is_ordered) = (Resolution::Day, false);
        for value in values() {
            let date = *known.entry(value).or_insert_with(|| parse(value, order));
            if let Some((_, exactly)) = date {
                resolution = resolution.max(exactly);
                coarsest = coarsest.min(exactly);
                is_ordered |= ordered_numbers(value).is_some();
            } else if !value.trim().is_empty() {
                n_unread += 1;
                unread = unread.or(Some(value));
            }
            days.push(date.map(|(date, _)| days_of(date)));
        }
        let mut notes = Vec::new();
        if let Some(first) = unread {
            let first: String = first.chars().take(40).collect();
            notes.push(format!("{n_unread} of the values could not be read as dates, the first is {first:?}"));
        }
        if is_ordered && !is_certain {
            let (this, other) = match order {
                DayOrder::MonthFirst => ("month/day/year", "day/month/year"),
                DayOrder::DayFirst => ("day/month/year", "month/day/year"),
            };
            notes.push(format!(
                "dates were read as {this}, and could mean {other}: write them as 2021-03-04 to be sure"
            ));
        }
        if coarsest < resolution && days.iter().any(Option::is_some) {
            notes.push(format!("some dates name no more than a {coarsest}, and count as its first day"));
        }
        Self { column: documents.columns[column].clone(), days, resolution, n_unread, notes }
    }

    /// The first and the last date; `None` if there is none.
    pub fn range(&self) -> Option<(i32, i32)> {
        let days = || self.days.iter().flatten().copied();
        Some((days().min()?, days().max()?))
    }

    /// A day in ISO 8601, such as `1851-10-18`.
    pub fn iso(day: i32) -> String {
        date_of(day).to_string()
    }

    /// A day as text, as exactly as the dates are known: `1851`, `1851-10` or `1851-10-18`.
    pub fn text(&self, day: i32) -> String {
        let date = date_of(day);
        match self.resolution {
            Resolution::Year => format!("{:04}", date.year()),
            Resolution::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Resolution::Day => date.to_string(),
        }
    }
}

/// The column that looks like dates; of several the one with the most telling name.
fn recognised(documents: &DocumentTable) -> Option<usize> {
    let telling = |column: usize| {
        let name = documents.columns[column].to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        let ends_so = |word: &str| {
            TELLING_WORDS.iter().position(|telling| word == *telling || word.ends_with("date") && *telling == "date")
        };
        words.find_map(ends_so)
    };
    let mut columns: Vec<(usize, usize)> =
        (0..documents.columns.len()).map(|column| (telling(column).unwrap_or(TELLING_WORDS.len()), column)).collect();
    columns.sort_unstable();
    columns.into_iter().map(|(place, column)| (place < TELLING_WORDS.len(), column)).find_map(|(is_telling, column)| {
        let values = || documents.rows().map(|row| row.value(column).trim()).filter(|value| !value.is_empty());
        let (order, _) = day_order(values());
        // Without a telling name a number is a number: a date has a day, a month and a year.
        let is_date = |value: &str| match parse(value, order) {
            Some((_, resolution)) => is_telling || resolution == Resolution::Day && parts(value).len() >= 3,
            None => false,
        };
        let least = if is_telling { NAMED_SHARE } else { UNNAMED_SHARE };
        let are_dates = |values: &mut dyn Iterator<Item = &str>| {
            let (mut n, mut n_dates) = (0.0, 0.0);
            for value in values {
                n += 1.0;
                n_dates += f64::from(u8::from(is_date(value)));
            }
            n_dates > 0.0 && n_dates >= least * n
        };
        (are_dates(&mut values().take(FIRST_LOOK)) && are_dates(&mut values())).then_some(column)
    })
}

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayOrder {
    MonthFirst,
    DayFirst,
}

/// The order in which a column writes day and month, and whether a value shows it. Dots are written where days come
/// first.
fn day_order<'a>(values: impl Iterator<Item = &'a str>) -> (DayOrder, bool) {
    let mut has_dots = false;
    for value in values {
        let Some((first, second, separator)) = ordered_numbers(value) else { continue };
        if first > 12 && second <= 12 {
            return (DayOrder::DayFirst, true);
        }
        if second > 12 && first <= 12 {
            return (DayOrder::MonthFirst, true);
        }
        has_dots |= separator == '.';
    }
    (if has_dots { DayOrder::DayFirst } else { DayOrder::MonthFirst }, has_dots)
}

/// Two numbers before a year, as in 4/3/2021, and what separates them.
fn ordered_numbers(value: &str) -> Option<(i64, i64, char)> {
    let value = value.trim();
    let separator = value.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = value.split(separator);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_short = |part: &str| (1..=2).contains(&part.len());
    let year: String = year.chars().take_while(char::is_ascii_digit).collect();
    if !is_short(first) || !is_short(second) || !matches!(year.len(), 2 | 4) {
        return None;
    }
    Some((first.parse().ok()?, second.parse().ok()?, separator))
}

/// A part of a written date.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part<'a> {
    Number(i64, usize),
    Word(&'a str),
}

/// Longest text that is read as a date.
const LONGEST: usize = 80;

/// Reads a date: ISO 8601 (`2021-03-04`, with a time or without), years, months and quarters (`2021`, `2021-03`,
/// `2021-Q1`), `20210304`, numbers with day and month in this order, English names of months in any usual form (RFC
/// 5322 too), seconds or milliseconds since 1970.
fn parse(text: &str, order: DayOrder) -> Option<(Date, Resolution)> {
    let text = text.trim();
    // Signs and currencies stand before and behind other numbers than years.
    if text.len() > LONGEST || !text.starts_with(char::is_alphanumeric) || text.ends_with(is_currency) {
        return None;
    }
    let parts = parts(text);
    if let Some((first, second, separator)) = ordered_numbers(text) {
        let [_, _, Part::Number(year, digits), ref time @ ..] = parts[..] else { return None };
        // Two digits behind a dot or dash may be seconds.
        if digits == 2 && separator != '/' || !is_time(time) {
            return None;
        }
        let (day, month) = if order == DayOrder::DayFirst { (first, second) } else { (second, first) };
        return day_of(full_year(year, digits)?, month, day);
    }
    use Part::{Number, Word};
    match parts[..] {
        [Number(year, 4)] | [Number(year, 4), Number(0, 1)] if YEARS.contains(&year) => {
            month_of(year, 1, Resolution::Year)
        }
        [Number(n, 8)] => day_of(n / 10_000, n / 100 % 100, n % 100).filter(|_| YEARS.contains(&(n / 10_000))),
        [Number(seconds, 10)] => instant(Timestamp::from_second(seconds).ok()?),
        [Number(milliseconds, 13)] => instant(Timestamp::from_millisecond(milliseconds).ok()?),
        [Number(year, 4), Word("q"), Number(quarter @ 1..=4, 1)] => month_of(year, 3 * quarter - 2, Resolution::Month),
        [Number(year, 4), Number(month, 1 | 2)] => month_of(year, month, Resolution::Month),
        [Number(year, 4), Number(month, 1 | 2), Number(day, 1 | 2), ref time @ ..] if is_time(time) => {
            day_of(year, month, day)
        }
        _ => with_month_name(&parts),
    }
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '%' | '°')
}

/// The numbers and words of a text, in lower case of ASCII; at most 16.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| match first.is_ascii_digit() {
            true => c.is_ascii_digit(),
            false => c.is_alphabetic() && !matches!(c, '年' | '月' | '日'),
        };
        let end = rest.find(|c| !is_same(c)).unwrap_or(rest.len());
        let part = &rest[..end];
        if first.is_ascii_digit() {
            parts.push(part.parse().map_or(Part::Word(""), |number| Part::Number(number, part.len())));
        } else if end > 0 {
            parts.push(Part::Word(known_word(part)));
        }
        rest = &rest[end.max(first.len_utf8())..];
        if parts.len() == 16 {
            break;
        }
    }
    parts
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAY_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A word that a date may have, in lower case: months by three letters, and nothing for days of the week and endings of
/// numbers; a question mark for any other.
fn known_word(word: &str) -> &'static str {
    let word = word.to_lowercase();
    if let Some(month) =
        (0..12).find(|&month| word == MONTHS[month] || word == MONTH_NAMES[month] || word == "sept" && month == 8)
    {
        return MONTHS[month];
    }
    let is_day = |name: &str| word == *name || word.len() >= 3 && word.len() <= 5 && name.starts_with(&word);
    match word.as_str() {
        "st" | "nd" | "rd" | "th" | "of" => "",
        "t" => "t",
        "q" => "q",
        "z" | "utc" | "gmt" | "am" | "pm" | "est" | "edt" | "cst" | "cdt" | "mst" | "mdt" | "pst" | "pdt" => "z",
        _ if DAY_NAMES.iter().any(|name| is_day(name)) => "",
        _ => "?",
    }
}

/// Whether what stands behind a date can be the time of the day.
fn is_time(parts: &[Part]) -> bool {
    let is_of_time = |part: &Part| matches!(part, Part::Number(..) | Part::Word("t" | "z" | ""));
    parts.iter().all(is_of_time)
}

/// A date with the name of its month.
fn with_month_name(parts: &[Part]) -> Option<(Date, Resolution)> {
    let parts: Vec<Part> = parts.iter().copied().filter(|part| *part != Part::Word("")).collect();
    let month = |word: &str| MONTHS.iter().position(|month| *month == word).map(|place| place as i64 + 1);
    use Part::{Number, Word};
    match parts[..] {
        // 4 March 1851, and a time.
        [Number(day, 1 | 2), Word(name), Number(year, digits @ (2 | 4)), ref time @ ..] if is_time(time) => {
            day_of(full_year(year, digits)?, month(name)?, day)
        }
        // March 4, 1851, and a time.
        [Word(name), Number(day, 1 | 2), Number(year, 4), ref time @ ..] if is_time(time) => {
            day_of(year, month(name)?, day)
        }
        // Sat Mar 4 10:00:00 1851, as the C library writes it.
        [Word(name), Number(day, 1 | 2), Number(_, 2), Number(_, 2), Number(_, 2), ref end @ ..] => match end {
            [.., Number(year, 4)] if is_time(end) => day_of(*year, month(name)?, day),
            _ => None,
        },
        // March 1851.
        [Word(name), Number(year, 4)] => month_of(year, month(name)?, Resolution::Month),
        // 1851 March 4.
        [Number(year, 4), Word(name), Number(day, 1 | 2)] => day_of(year, month(name)?, day),
        [Number(year, 4), Word(name)] => month_of(year, month(name)?, Resolution::Month),
        _ => None,
    }
}

/// A year of four digits, or of two as in RFC 5322: up to 49 in this century.
fn full_year(year: i64, digits: usize) -> Option<i64> {
    match digits {
        4 => Some(year),
        _ if year < 50 => Some(2000 + year),
        _ => Some(1900 + year),
    }
}

fn day_of(year: i64, month: i64, day: i64) -> Option<(Date, Resolution)> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some((date, Resolution::Day))
}

fn month_of(year: i64, month: i64, resolution: Resolution) -> Option<(Date, Resolution)> {
    day_of(year, month, 1).map(|(date, _)| (date, resolution))
}

fn instant(timestamp: Timestamp) -> Option<(Date, Resolution)> {
    // Numbers of ten digits that are no times are told by their years.
    let date = date_of(i32::try_from(timestamp.as_second().div_euclid(86_400)).ok()?);
    Some((date, Resolution::Day))
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days from 1970-01-01.
pub(super) fn days_of(date: Date) -> i32 {
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

/// The day that is so many days after 1970-01-01; the last one that there is beyond the calendar.
pub(super) fn date_of(days: i32) -> Date {
    EPOCH.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text, DayOrder::MonthFirst).map(|(date, resolution)| format!("{date} {resolution}"))
    }

    #[test]
    fn usual_forms_of_dates_are_read() {
        let day = |text: &str| assert_eq!(read(text).as_deref(), Some("1993-04-12 day"), "{text}");
        for text in [
            "1993-04-12",
            "1993/04/12",
            "1993.4.12",
            "19930412",
            "1993-04-12T10:00:00Z",
            "1993-04-12 10:00:00.123+02:00",
            "4/12/1993",
            "4/12/93",
            "4-12-1993 10:15",
            "12 April 1993",
            "12th of April, 1993",
            "April 12, 1993",
            "Apr 12 1993 10:00 PM",
            "12 Apr 93 21:00:00 GMT",
            "Mon, 12 Apr 1993 09:55:06 -0600",
            "Mon Apr 12 09:55:06 1993",
            "Mon Apr 12 09:55:06 UTC 1993",
            "1993 April 12",
            "12-Apr-1993",
            "1993年4月12日",
        ] {
            day(text);
        }
        assert_eq!(read("734616000"), None);
        assert_eq!(read("1734616000").as_deref(), Some("2024-12-19 day"));
        assert_eq!(read("1734616000123").as_deref(), Some("2024-12-19 day"));
        assert_eq!(read("1993").as_deref(), Some("1993-01-01 year"));
        assert_eq!(read("1993.0").as_deref(), Some("1993-01-01 year"));
        assert_eq!(read("1993-04").as_deref(), Some("1993-04-01 month"));
        assert_eq!(read("April 1993").as_deref(), Some("1993-04-01 month"));
        assert_eq!(read("1993-Q2").as_deref(), Some("1993-04-01 month"));
        assert_eq!(read("1993Q4").as_deref(), Some("1993-10-01 month"));
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        let long = "1993-04-12 ".repeat(100);
        for text in [
            "$1200",
            "+1500",
            "-1200",
            "1999 €",
            "4/12/1993 or so",
            "3/4/21 of the class",
            "10.15.30",
            "10-15-30",
            "",
            " ",
            "12",
            "999",
            "3000",
            "12345",
            "1993-13",
            "1993-02-30",
            "31/31/2021",
            "a 1993",
            "1993 was a year",
            "chapter 3",
            "99999999",
            "19931399",
            "12 Foo 1993",
            "1.5",
            "-5",
            "1993-04-12 or so",
            "q",
            "年",
            &long,
            "99999999999999999999999",
            "Mon Tue Wed",
            "5 of 12",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn days_go_to_dates_and_back() {
        for day in [-719_162, -1, 0, 1, 59, 60, 20_000, 1_000_000] {
            assert_eq!(days_of(date_of(day)), day);
        }
        assert_eq!(date_of(19_418).to_string(), "2023-03-02");
        assert_eq!(date_of(i32::MAX), Date::MAX);
        assert_eq!(date_of(i32::MIN), Date::MIN);
    }

    fn table(columns: &[&str], rows: &[&[&str]]) -> DocumentTable {
        let mut builder = super::super::DocumentTableBuilder::default();
        for (i, row) in rows.iter().enumerate() {
            let metadata = columns.iter().zip(*row).map(|(name, value)| (name.to_string(), value.to_string()));
            let document = super::super::NewDocument { id: i.to_string(), ..Default::default() };
            builder.push(document, metadata.collect());
        }
        builder.finish()
    }

    #[test]
    fn the_column_of_dates_is_recognised() {
        let recognised = |columns: &[&str], rows: &[&[&str]]| {
            let dates = Dates::of(&table(columns, rows), None, None).unwrap();
            dates.map(|dates| (dates.column.clone(), dates.range().map(|(first, _)| dates.text(first)).unwrap()))
        };
        let found = |column: &str, first: &str| Some((column.to_string(), first.to_string()));
        assert_eq!(recognised(&["pages", "year"], &[&["1990", "1851"], &["2000", "1852"]]), found("year", "1851"));
        assert_eq!(recognised(&["pages"], &[&["1990"], &["2000"]]), None);
        assert_eq!(recognised(&["year", "pubDate"], &[&["1990", "1990-05-01"]]), found("pubDate", "1990-05-01"));
        assert_eq!(recognised(&["when"], &[&["5 May 1990"], &[""]]), found("when", "1990-05-05"));
        assert_eq!(recognised(&["datum"], &[&["12.04.1993"], &["13.04.1993"]]), found("datum", "1993-04-12"));
        assert_eq!(recognised(&["price"], &[&["$1200"], &["$1850"]]), None);
        assert_eq!(recognised(&["version"], &[&["2000.1"], &["2001.2"]]), None);
        assert_eq!(recognised(&["update"], &[&["yes"], &["no"]]), None);
        assert_eq!(recognised(&[], &[&[]]), None);
    }

    #[test]
    fn the_order_of_day_and_month_is_seen_in_the_column_or_told() {
        let dates = |rows: &[&[&str]]| Dates::of(&table(&["date"], rows), None, None).unwrap().unwrap();
        let day_first = dates(&[&["4/3/2021"], &["25/3/2021"]]);
        assert_eq!(day_first.text(day_first.days[0].unwrap()), "2021-03-04");
        assert!(day_first.notes.is_empty());
        let uncertain = dates(&[&["4/3/2021"]]);
        assert_eq!(uncertain.text(uncertain.days[0].unwrap()), "2021-04-03");
        assert!(uncertain.notes[0].contains("month/day/year"), "{:?}", uncertain.notes);
        let german = dates(&[&["4.3.2021"]]);
        assert_eq!(german.text(german.days[0].unwrap()), "2021-03-04");
    }

    #[test]
    fn a_column_that_is_named_must_have_dates() {
        let table = table(&["when", "what"], &[&["1851", "whale"], &["soon", "boat"], &["", "sea"]]);
        let dates = Dates::of(&table, Some("when"), None).unwrap().unwrap();
        assert_eq!((dates.n_unread, dates.resolution), (1, Resolution::Year));
        assert!(dates.notes[0].contains("\"soon\""));
        assert_eq!(Dates::of(&table, None, Some("when")).unwrap().unwrap().column, "when");
        assert!(Dates::of(&table, Some("what"), None).unwrap_err().to_string().contains("whale"));
        assert!(Dates::of(&table, Some("whenn"), None).unwrap_err().hint().unwrap().contains("when"));
    }
}
