//! Documents in groups: by a column of their metadata, or by periods of their dates.

use std::cmp::Ordering;

use hashbrown::HashMap;
use jiff::civil::Date;

use super::dates::{Resolution, date_of};
use super::{Dates, ModelError, TopicModel};

/// What a period of time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Ten years, the first of which ends with 0.
    Decade,
    /// Years.
    Year,
    /// Quarters of years.
    Quarter,
    /// Months.
    Month,
    /// Weeks of ISO 8601, from Monday on.
    Week,
    /// Days.
    Day,
    /// Periods with the same number of documents, as nearly as dates that are the same allow.
    Quantile,
}

names!(By {
    Decade = "decade",
    Year = "year",
    Quarter = "quarter",
    Month = "month",
    Week = "week",
    Day = "day",
    Quantile = "quantile",
});

impl By {
    /// The resolution that dates must have.
    fn needs(self) -> Resolution {
        match self {
            Self::Decade | Self::Year | Self::Quantile => Resolution::Year,
            Self::Quarter | Self::Month => Resolution::Month,
            Self::Week | Self::Day => Resolution::Day,
        }
    }

    /// The period of a date: a number that grows with time.
    fn period(self, date: Date) -> i32 {
        let (year, month) = (i32::from(date.year()), i32::from(date.month()));
        match self {
            Self::Decade => year.div_euclid(10),
            Self::Quarter => 4 * year + (month - 1) / 3,
            Self::Month => 12 * year + month - 1,
            Self::Week => i32::from(date.iso_week_date().year()) * 100 + i32::from(date.iso_week_date().week()),
            Self::Day => super::dates::days_of(date),
            Self::Year | Self::Quantile => year,
        }
    }

    /// The name of the period of a date: `1850s`, `1851`, `1851-Q4`, `1851-10`, `1851-W42`, `1851-10-18`.
    fn label(self, date: Date) -> String {
        let (year, month) = (date.year(), date.month());
        match self {
            Self::Decade => format!("{:04}s", year.div_euclid(10) * 10),
            Self::Year | Self::Quantile => format!("{year:04}"),
            Self::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Week => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Day => date.to_string(),
        }
    }
}

/// Periods that a chart of time has at least, if the dates allow it.
const FEWEST_PERIODS: usize = 8;

/// Quantiles, if no number is given.
pub const DEFAULT_QUANTILES: usize = 10;

/// Documents in groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// What groups are made of: the name of a column.
    pub column: String,
    /// What a period is; `None` for groups that are none.
    pub by: Option<By>,
    /// The groups: periods in their order, numbers in ascending order, others with the largest first.
    pub groups: Vec<Group>,
    /// The group of each document; `None` if it has no value.
    pub of_documents: Vec<Option<usize>>,
    /// Where each document stands on the axis of time or numbers: years since 1970, or the number itself; `None` for
    /// groups without an order.
    pub positions: Option<Vec<f64>>,
}

/// A group of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub label: String,
    /// For a period, the first and the last of the days of its documents, from 1970-01-01.
    pub days: Option<(i32, i32)>,
}

/// Days of a year, on average.
const DAYS_OF_YEAR: f64 = 365.2425;

impl Grouping {
    /// Documents by periods of their dates. Without `by` the longest period is taken of which there are eight or more,
    /// else the shortest that the dates allow. Periods without a document are no group. Fails if dates are not known so
    /// exactly.
    pub fn by_dates(dates: &Dates, by: Option<By>, n_quantiles: usize) -> Result<Self, ModelError> {
        let by = by.unwrap_or_else(|| usual_period(dates));
        if by.needs() > dates.resolution {
            return Err(ModelError::TooFine {
                column: dates.column.clone(),
                period: by.name(),
                known: dates.resolution.name(),
            });
        }
        let position = |day: &Option<i32>| day.map_or(f64::NAN, |day| f64::from(day) / DAYS_OF_YEAR);
        let positions = Some(dates.days.iter().map(position).collect());
        let periods: Vec<Option<i32>> = match by {
            By::Quantile => {
                check_quantiles(n_quantiles)?;
                quantiles(&dates.days.iter().map(|day| day.map(f64::from)).collect::<Vec<_>>(), n_quantiles)
            }
            _ => dates.days.iter().map(|day| day.map(|day| by.period(date_of(day)))).collect(),
        };
        let mut present: Vec<i32> = periods.iter().flatten().copied().collect();
        present.sort_unstable();
        present.dedup();
        let of_documents: Vec<Option<usize>> =
            periods.iter().map(|period| period.and_then(|period| present.binary_search(&period).ok())).collect();
        let mut ranges = vec![(i32::MAX, i32::MIN); present.len()];
        for (group, day) in of_documents.iter().zip(&dates.days) {
            if let (Some(group), Some(day)) = (group, day) {
                ranges[*group] = (ranges[*group].0.min(*day), ranges[*group].1.max(*day));
            }
        }
        let label = |(first, last): (i32, i32)| match by {
            By::Quantile if dates.text(first) == dates.text(last) => dates.text(first),
            By::Quantile => format!("{} to {}", dates.text(first), dates.text(last)),
            _ => by.label(date_of(first)),
        };
        let groups = ranges.into_iter().map(|days| Group { label: label(days), days: Some(days) }).collect();
        Ok(Self { column: dates.column.clone(), by: Some(by), groups, of_documents, positions })
    }

    /// Documents by the values of a column: `label`, or one of the metadata. With `n_quantiles` the values must be
    /// numbers, and groups are ranges of them with as many documents each. Fails if there is no such column, if it is
    /// empty, or if it has other values than numbers.
    pub fn by_column(model: &TopicModel, column: &str, n_quantiles: Option<usize>) -> Result<Self, ModelError> {
        let documents = &model.documents;
        let place = documents.columns.iter().position(|name| name == column);
        let values: Vec<&str> = match (place, column) {
            (Some(place), _) => documents.rows().map(|row| row.value(place).trim()).collect(),
            (None, "label") if documents.has_labels() => documents.rows().map(|row| row.label.trim()).collect(),
            (None, _) => {
                let mut columns = documents.columns.clone();
                columns.extend(documents.has_labels().then(|| "label".to_string()));
                return Err(ModelError::no_column(column, &columns));
            }
        };
        let number = |value: &&str| value.parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers: Vec<Option<f64>> = values.iter().map(number).collect();
        let is_numeric = values.iter().zip(&numbers).all(|(value, number)| value.is_empty() || number.is_some());
        let positions =
            |numbers: &[Option<f64>]| Some(numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect());
        if values.iter().all(|value| value.is_empty()) {
            return Err(ModelError::Column { problem: format!("the column {column:?} is empty") });
        }
        n_quantiles.map_or(Ok(()), check_quantiles)?;
        let Some(n_quantiles) = n_quantiles else {
            let order = |a: &str, b: &str| match is_numeric {
                true => a.parse::<f64>().ok().partial_cmp(&b.parse::<f64>().ok()).unwrap_or(Ordering::Equal),
                false => Ordering::Equal,
            };
            // Numbers that are written in several ways, such as 1851 and 1851.0, are one group with the first name.
            let keys: Vec<String> = match is_numeric {
                true => numbers.iter().map(|number| number.map_or_else(String::new, |n| n.to_string())).collect(),
                false => values.iter().map(ToString::to_string).collect(),
            };
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let (mut groups, of_documents) = by_values(&keys, is_numeric, order);
            for (group, value) in of_documents.iter().zip(&values).rev() {
                group.iter().for_each(|&group| groups[group].label = value.to_string());
            }
            let positions = if is_numeric { positions(&numbers) } else { None };
            return Ok(Self { column: column.to_string(), by: None, groups, of_documents, positions });
        };
        if let (Some(value), false) =
            (values.iter().find(|value| number(value).is_none() && !value.is_empty()), is_numeric)
        {
            let problem = format!("the column {column:?} has {value:?}, and quantiles are of numbers");
            return Err(ModelError::Column { problem });
        }
        let of_documents: Vec<Option<usize>> = quantiles(&numbers, n_quantiles)
            .into_iter()
            .map(|quantile| quantile.map(|quantile| quantile as usize))
            .collect();
        let n_groups = of_documents.iter().flatten().max().map_or(0, |last| last + 1);
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); n_groups];
        for (group, number) in of_documents.iter().zip(&numbers) {
            if let (Some(group), Some(number)) = (group, number) {
                ranges[*group] = (ranges[*group].0.min(*number), ranges[*group].1.max(*number));
            }
        }
        let label = |(low, high): (f64, f64)| if low == high { low.to_string() } else { format!("{low} to {high}") };
        let groups = ranges.into_iter().map(|range| Group { label: label(range), days: None }).collect();
        Ok(Self { column: column.to_string(), by: None, groups, of_documents, positions: positions(&numbers) })
    }

    /// The number of documents of each group.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.groups.len()];
        self.of_documents.iter().flatten().for_each(|group| sizes[*group] += 1);
        sizes
    }

    /// The groups with the most documents, in the order of all; the documents of others have none.
    pub fn largest(mut self, n: usize) -> Self {
        let sizes = self.sizes();
        let mut by_size: Vec<usize> = (0..self.groups.len()).collect();
        by_size.sort_by_key(|&group| (std::cmp::Reverse(sizes[group]), group));
        by_size.truncate(n);
        by_size.sort_unstable();
        let place = |group: usize| by_size.binary_search(&group).ok();
        self.of_documents.iter_mut().for_each(|group| *group = group.and_then(place));
        self.groups = by_size.iter().map(|&group| self.groups[group].clone()).collect();
        self
    }
}

/// Groups by value, largest first, or in the order of numbers; documents without a value have none.
fn by_values(
    values: &[&str],
    is_numeric: bool,
    order: impl Fn(&str, &str) -> Ordering,
) -> (Vec<Group>, Vec<Option<usize>>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut found: Vec<(&str, usize)> = Vec::new();
    for value in values.iter().filter(|value| !value.is_empty()) {
        let number = *numbers.entry(value).or_insert_with(|| {
            found.push((value, 0));
            found.len() - 1
        });
        found[number].1 += 1;
    }
    found.sort_by(|a, b| {
        let by_size = if is_numeric { Ordering::Equal } else { b.1.cmp(&a.1) };
        order(a.0, b.0).then(by_size).then(a.0.cmp(b.0))
    });
    let places: HashMap<&str, usize> = found.iter().enumerate().map(|(place, (value, _))| (*value, place)).collect();
    let of_documents = values.iter().map(|value| places.get(value).copied()).collect();
    (found.into_iter().map(|(value, _)| Group { label: value.to_string(), days: None }).collect(), of_documents)
}

/// Most groups that values are cut into.
const MOST_QUANTILES: usize = 1000;

fn check_quantiles(n: usize) -> Result<(), ModelError> {
    match (1..=MOST_QUANTILES).contains(&n) {
        true => Ok(()),
        false => Err(ModelError::Invalid(format!("quantiles is {n}, expected from 1 to {MOST_QUANTILES}"))),
    }
}

/// Cuts values into `n` groups of the same number of values, as nearly as equal values allow: the quantile of each
/// value, from 0 and without gaps.
fn quantiles(values: &[Option<f64>], n: usize) -> Vec<Option<i32>> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    // A value belongs where the middle of those that equal it stands.
    let quantile = |value: f64| {
        let (below, up_to) = (sorted.partition_point(|x| *x < value), sorted.partition_point(|x| *x <= value));
        let middle = (below + up_to) as f64 / 2.0;
        ((middle / sorted.len() as f64 * n as f64) as usize).min(n - 1) as i32
    };
    let found: Vec<Option<i32>> = values.iter().map(|value| value.map(quantile)).collect();
    let mut present: Vec<i32> = found.iter().flatten().copied().collect();
    present.sort_unstable();
    present.dedup();
    found
        .into_iter()
        .map(|value| value.and_then(|value| present.binary_search(&value).ok()).map(|i| i as i32))
        .collect()
}

/// The longest period of which the dates have eight or more, else the shortest that they allow.
fn usual_period(dates: &Dates) -> By {
    let possible = [By::Decade, By::Year, By::Quarter, By::Month, By::Week, By::Day];
    let possible = || possible.into_iter().filter(|by| by.needs() <= dates.resolution);
    let n_periods = |by: By| {
        let mut periods: Vec<i32> = dates.days.iter().flatten().map(|day| by.period(date_of(*day))).collect();
        periods.sort_unstable();
        periods.dedup();
        periods.len()
    };
    possible().find(|by| n_periods(*by) >= FEWEST_PERIODS).or(possible().next_back()).unwrap_or(By::Year)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(texts: &[&str]) -> Dates {
        let days = texts.iter().map(|text| text.parse::<Date>().ok().map(super::super::dates::days_of)).collect();
        Dates { column: "date".into(), days, resolution: Resolution::Day, n_unread: 0, notes: Vec::new() }
    }

    #[test]
    fn periods_have_their_names_and_order() {
        let dates = dates(&["1999-12-31", "2000-01-01", "", "1851-10-18", "2000-01-03"]);
        let labels = |by: By| {
            let grouping = Grouping::by_dates(&dates, Some(by), 2).unwrap();
            assert_eq!(grouping.of_documents[2], None);
            assert_eq!(grouping.of_documents[3], Some(0));
            grouping.groups.into_iter().map(|group| group.label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(By::Decade), "1850s 1990s 2000s");
        assert_eq!(labels(By::Year), "1851 1999 2000");
        assert_eq!(labels(By::Quarter), "1851-Q4 1999-Q4 2000-Q1");
        assert_eq!(labels(By::Month), "1851-10 1999-12 2000-01");
        assert_eq!(labels(By::Week), "1851-W42 1999-W52 2000-W01");
        assert_eq!(labels(By::Day), "1851-10-18 1999-12-31 2000-01-01 2000-01-03");
        assert_eq!(labels(By::Quantile), "1851-10-18 to 1999-12-31 2000-01-01 to 2000-01-03");
    }

    #[test]
    fn the_usual_period_gives_eight_or_more() {
        let of = |texts: &[&str]| Grouping::by_dates(&dates(texts), None, 10).unwrap().by.unwrap();
        let years: Vec<String> = (1900..1980).step_by(10).map(|year| format!("{year}-01-01")).collect();
        assert_eq!(of(&years.iter().map(String::as_str).collect::<Vec<_>>()), By::Decade);
        assert_eq!(of(&["2000-01-01", "2003-01-01"]), By::Day);
    }

    #[test]
    fn years_have_no_months() {
        let dates = Dates { resolution: Resolution::Year, ..dates(&["1851-01-01"]) };
        let error = Grouping::by_dates(&dates, Some(By::Month), 10).unwrap_err();
        assert!(error.to_string().contains("month"), "{error}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn quantiles_keep_equal_values_together() {
        let values: Vec<Option<f64>> = [5.0, 1.0, 2.0, 2.0, 2.0, 9.0].into_iter().map(Some).chain([None]).collect();
        let found = quantiles(&values, 3);
        assert_eq!(found, [Some(2), Some(0), Some(1), Some(1), Some(1), Some(2), None]);
        assert_eq!(quantiles(&[Some(1.0); 4], 3), [Some(0); 4]);
        let many: Vec<Option<f64>> = (0..1000).map(|i| Some(f64::from(i * 7919 % 1000))).collect();
        let found = quantiles(&many, 10);
        assert!((0..10).all(|q| found.iter().filter(|x| **x == Some(q)).count() == 100));
    }

    #[test]
    fn the_largest_groups_keep_their_order() {
        let (groups, of_documents) = by_values(&["b", "a", "", "b", "c", "c"], false, |_, _| Ordering::Equal);
        let grouping = Grouping { column: "c".into(), by: None, groups, of_documents, positions: None };
        let labels = |grouping: &Grouping| grouping.groups.iter().map(|group| group.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&grouping), ["b", "c", "a"]);
        let largest = grouping.largest(2);
        assert_eq!(labels(&largest), ["b", "c"]);
        assert_eq!(largest.of_documents, [Some(0), None, None, Some(0), Some(1), Some(1)]);
    }
}
