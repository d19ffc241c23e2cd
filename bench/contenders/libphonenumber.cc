// Google's libphonenumber, as Debian has it: nanoseconds to read an E.164 number and to look up its region, type, validity and geocode;
// nanoseconds to read a number as it is written in a region and to write it in national form; and megabytes of resident memory afterwards.
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

#include <phonenumbers/geocoding/phonenumber_offline_geocoder.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberOfflineGeocoder;
using i18n::phonenumbers::PhoneNumberUtil;

struct Written {
  std::string text, region;
};

static std::vector<Written> read(const char* path) {
  std::ifstream file(path);
  std::vector<Written> numbers;
  for (std::string line; std::getline(file, line);) {
    size_t tab = line.find('\t');
    numbers.push_back(tab == std::string::npos ? Written{line, "ZZ"} : Written{line.substr(0, tab), line.substr(tab + 1)});
  }
  return numbers;
}

// Nanoseconds a number, in the second round: the first one compiles patterns.
template <typename Ask>
static double measured(const std::vector<Written>& numbers, Ask ask) {
  double nanoseconds = 0;
  for (int round = 0; round < 2; ++round) {
    auto started = std::chrono::steady_clock::now();
    for (const Written& number : numbers) ask(number);
    nanoseconds = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - started).count();
  }
  return nanoseconds / numbers.size();
}

static double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1e6;
}

int main(int, char** arguments) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumberOfflineGeocoder geocoder;
  size_t used = 0;
  double lookup = measured(read(arguments[1]), [&](const Written& written) {
    PhoneNumber number;
    if (util.Parse(written.text, written.region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return;
    std::string region;
    util.GetRegionCodeForNumber(number, &region);
    used += util.IsValidNumber(number) + region.size() + util.GetNumberType(number);
    used += geocoder.GetDescriptionForNumber(number, icu::Locale("en")).size();
  });
  double parse = measured(read(arguments[2]), [&](const Written& written) {
    PhoneNumber number;
    if (util.Parse(written.text, written.region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return;
    std::string form;
    util.Format(number, PhoneNumberUtil::NATIONAL, &form);
    used += form.size();
  });
  std::cout << lookup << "\n" << parse << "\n" << resident_megabytes() << "\n";
  return used == 0;
}
