// What a look-up costs in Google's libphonenumber, as Debian has it: numbers from a file, nanoseconds a number.
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <phonenumbers/geocoding/phonenumber_offline_geocoder.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberOfflineGeocoder;
using i18n::phonenumbers::PhoneNumberUtil;

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  std::vector<std::string> numbers;
  for (std::string line; std::getline(file, line);) numbers.push_back(line);
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumberOfflineGeocoder geocoder;
  size_t used = 0;
  double nanoseconds = 0;
  // The first round compiles patterns.
  for (int round = 0; round < 2; ++round) {
    auto started = std::chrono::steady_clock::now();
    for (const std::string& text : numbers) {
      PhoneNumber number;
      if (util.Parse(text, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) continue;
      std::string region;
      util.GetRegionCodeForNumber(number, &region);
      used += util.IsValidNumber(number) + region.size() + util.GetNumberType(number);
      used += geocoder.GetDescriptionForNumber(number, icu::Locale("en")).size();
    }
    nanoseconds = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - started).count();
  }
  std::cout << nanoseconds / numbers.size() << "\n";
  return used == 0;
}
